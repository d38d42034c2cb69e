import { columnsOf, type Csr, type Matrix, matrixOf, rowOf } from "../core";

/** [U, dText] the mean text embedding of each user's training items; zeros for users without any. */
export function historyMeanText(train: Csr, itemText: Matrix): Matrix {
  if (train.cols !== itemText.rows) {
    throw new RangeError(`Cannot average texts: ${itemText.rows} texts stand for ${train.cols} items`);
  }
  return meanTexts(
    Array.from({ length: train.rows }, (_, user) => columnsOf(train, user)),
    itemText,
  );
}

/** [n, dText] the mean text embedding of each list of items, added up in the list's order; zeros for an empty list. */
export function meanTexts(lists: readonly ArrayLike<number>[], itemText: Matrix): Matrix {
  const means = matrixOf(lists.length, itemText.cols);
  lists.forEach((items, row) => {
    const mean = rowOf(means, row);
    for (let at = 0; at < items.length; at++) {
      const text = rowOf(itemText, items[at]!);
      for (let c = 0; c < mean.length; c++) mean[c]! += text[c]! / items.length;
    }
  });
  return means;
}
