import { columnsOf, type Csr, type Matrix, matrixOf, rowOf } from "../core";

/** [U, dText] the mean text embedding of each user's training items; zeros for users without any. */
export function historyMeanText(train: Csr, itemText: Matrix): Matrix {
  if (train.cols !== itemText.rows) {
    throw new RangeError(`Cannot average texts: ${itemText.rows} texts stand for ${train.cols} items`);
  }
  const means = matrixOf(train.rows, itemText.cols);
  for (let u = 0; u < train.rows; u++) {
    const items = columnsOf(train, u);
    const mean = rowOf(means, u);
    for (const item of items) {
      const text = rowOf(itemText, item);
      for (let c = 0; c < mean.length; c++) mean[c]! += text[c]! / items.length;
    }
  }
  return means;
}
