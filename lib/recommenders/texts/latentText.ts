import { breathe, type Matrix, matrixOf, type Prng, randomNormal, rowOf } from "../../core";
import { loadTf, type Tf } from "../../core/tf";
import { orthonormalColumns, symmetricEigen } from "./eigen";
import type { TermWeights } from "./tfIdf";

type Tensor2D = ReturnType<Tf["tensor2d"]>;

/** Directions beyond those asked for, which let the last ones settle. */
const spare = 64;
const iterations = 8;

/**
 * Latent semantic features of texts: their rows in the space of the `k` leading singular vectors, U S of the weights
 * A [n, V], each row then brought to the given length.
 *
 * By orthogonal iteration on A A' [n, n] from a random start (Halko et al. 2011), so signs of columns are arbitrary.
 *
 * @returns [n, k]
 */
export async function latentText(
  weights: TermWeights,
  k: number,
  options: { readonly length: number; readonly prng: Prng; readonly signal?: AbortSignal },
): Promise<Matrix> {
  const { rows } = weights;
  if (!(Number.isInteger(k) && k >= 1 && k <= rows)) {
    throw new RangeError(`Cannot take ${k} latent features: there are ${rows} texts`);
  }
  const { length, prng, signal } = options;
  const tf = loadTf();
  const gram = tf.tensor2d(await products(weights, signal), [rows, rows]);
  const width = Math.min(rows, k + spare);
  const start = Float32Array.from({ length: rows * width }, () => randomNormal(prng));
  const held: Tensor2D[] = [gram];
  try {
    let basis = orthonormalColumns(tf, tf.tensor2d(start, [rows, width]));
    held[1] = basis;
    for (let n = 0; n < iterations; n++) {
      await breathe(signal);
      const next = orthonormalColumns(tf, tf.matMul(gram, basis));
      basis.dispose();
      basis = held[1] = next;
    }
    const features = tf.tidy(() => rotated(tf, gram, basis, k));
    held.push(features);
    return scaledRows(matrixOf(rows, k, (await features.data()) as Float32Array), length);
  } finally {
    // An interrupt comes in the middle.
    for (const tensor of held) tensor.dispose();
  }
}

/** A A', by the texts that each term stands in. */
async function products({ rows, terms, starts, columns, values }: TermWeights, signal?: AbortSignal) {
  const texts: number[][] = terms.map(() => []);
  const shares: number[][] = terms.map(() => []);
  for (let r = 0; r < rows; r++) {
    for (let e = starts[r]!; e < starts[r + 1]!; e++) {
      texts[columns[e]!]!.push(r);
      shares[columns[e]!]!.push(values[e]!);
    }
  }
  const sums = new Float32Array(rows * rows);
  for (let term = 0; term < terms.length; term++) {
    if (term % 512 === 0) await breathe(signal);
    const [own, share] = [texts[term]!, shares[term]!];
    for (let a = 0; a < own.length; a++) {
      const at = own[a]! * rows;
      for (let b = 0; b < own.length; b++) sums[at + own[b]!]! += share[a]! * share[b]!;
    }
  }
  return sums;
}

/** Q W sqrt(L) for the k largest eigenvalues L, with vectors W, of Q' G Q. */
function rotated(tf: Tf, gram: Tensor2D, basis: Tensor2D, k: number): Tensor2D {
  const inner = tf.matMul<Tensor2D>(basis, tf.matMul<Tensor2D>(gram, basis), true);
  const { values, vectors } = symmetricEigen(tf, inner);
  const first = basis.shape[1] - k;
  // They come in ascending order.
  const scale = tf.sqrt(tf.maximum(tf.slice(values, first, k), 0));
  const turned = tf.mul(tf.slice(vectors, [0, first], [-1, k]), scale);
  return tf.reverse2d(tf.matMul<Tensor2D>(basis, turned as Tensor2D), 1);
}

function scaledRows(matrix: Matrix, length: number): Matrix {
  for (let r = 0; r < matrix.rows; r++) {
    const row = rowOf(matrix, r);
    const own = Math.hypot(...row);
    if (own > 0) row.forEach((value, c) => (row[c] = (value * length) / own));
  }
  return matrix;
}
