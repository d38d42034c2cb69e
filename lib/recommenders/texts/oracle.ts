import {
  breathe,
  columnsOf,
  type Csr,
  type Matrix,
  matrixOf,
  normalisedRows,
  type Prng,
  randomNormal,
} from "../../core";

const iterations = 100;

/**
 * Item profiles that know the answers: an oracle, to be labelled as one in every table.
 *
 * [I, k] unit rows of X'X Q for the held-out pairs X [U, I], Q an orthonormal basis of its k leading right singular
 * vectors (subspace iteration): items with the same test users have the same profile. What a recommender fused with them
 * gains is what perfect item profiles could bring.
 */
export async function oracleItemProfiles(heldOut: Csr, k: number, prng: Prng, signal?: AbortSignal): Promise<Matrix> {
  if (!(Number.isInteger(k) && k >= 1 && k <= heldOut.cols)) {
    throw new RangeError(`Cannot make oracle profiles of ${k} numbers: there are ${heldOut.cols} items`);
  }
  let basis: Float64Array = Float64Array.from({ length: heldOut.cols * k }, () => randomNormal(prng));
  orthonormalise(basis, heldOut.cols, k);
  for (let n = 0; n < iterations; n++) {
    await breathe(signal);
    basis = coOccurrenceTimes(heldOut, basis, k);
    orthonormalise(basis, heldOut.cols, k);
  }
  return normalisedRows(matrixOf(heldOut.cols, k, Float32Array.from(coOccurrenceTimes(heldOut, basis, k))));
}

/** X'X B for B [I, k]. */
function coOccurrenceTimes(pairs: Csr, basis: Float64Array, k: number): Float64Array {
  const product = new Float64Array(pairs.cols * k);
  const sum = new Float64Array(k);
  for (let u = 0; u < pairs.rows; u++) {
    const items = columnsOf(pairs, u);
    sum.fill(0);
    for (const item of items) for (let c = 0; c < k; c++) sum[c]! += basis[item * k + c]!;
    for (const item of items) for (let c = 0; c < k; c++) product[item * k + c]! += sum[c]!;
  }
  return product;
}

/** Columns of B [n, k] made orthonormal in place (modified Gram-Schmidt); columns of no length become zero. */
function orthonormalise(basis: Float64Array, n: number, k: number): void {
  for (let c = 0; c < k; c++) {
    const before = columnDot(basis, n, k, c, c);
    for (let other = 0; other < c; other++) {
      const share = columnDot(basis, n, k, c, other);
      for (let r = 0; r < n; r++) basis[r * k + c]! -= share * basis[r * k + other]!;
    }
    const squares = columnDot(basis, n, k, c, c);
    const scale = squares > 1e-20 * before ? 1 / Math.sqrt(squares) : 0;
    for (let r = 0; r < n; r++) basis[r * k + c]! *= scale;
  }
}

function columnDot(basis: Float64Array, n: number, k: number, a: number, b: number): number {
  let sum = 0;
  for (let r = 0; r < n; r++) sum += basis[r * k + a]! * basis[r * k + b]!;
  return sum;
}
