import { gatherRows, type Matrix, matrixOf, normalisedRows, rowOf } from "../../core";
import { loadTf } from "../../core/tf";
import { symmetricEigen } from "./eigen";

/**
 * Rows centred, turned onto their `k` principal axes and divided by their lengths: what the gated fusion is given of profiles.
 * Rows of zeros (no profile) stay zeros and have no part in mean and axes.
 *
 * @returns [n, k]
 */
export async function principalRows(matrix: Matrix, k: number): Promise<Matrix> {
  const { rows, cols } = matrix;
  const written = Array.from({ length: rows }, (_, r) => r).filter((r) =>
    rowOf(matrix, r).some((value) => value !== 0),
  );
  if (!(Number.isInteger(k) && k >= 1 && k <= cols)) throw new RangeError(`Cannot keep ${k} of ${cols} axes`);
  if (written.length === 0) return matrixOf(rows, k);
  const tf = loadTf();
  const projected = tf.tidy(() => {
    const x = tf.tensor2d(gatherRows(matrix, written).data, [written.length, cols]);
    const centred = tf.sub(x, tf.mean(x, 0, true)).as2D(written.length, cols);
    const { vectors } = symmetricEigen(tf, tf.matMul(centred, centred, true));
    return tf.matMul(centred, tf.slice(vectors, [0, cols - k], [cols, k])).as2D(written.length, k);
  });
  const data = (await projected.data()) as Float32Array;
  projected.dispose();
  const result = matrixOf(rows, k);
  written.forEach((r, at) => rowOf(result, r).set(data.subarray(at * k, (at + 1) * k)));
  return normalisedRows(result);
}
