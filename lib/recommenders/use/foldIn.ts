import { columnsOf, type Csr, type Matrix, matrixOf, rowOf } from "../../core";
import { inverseOfPositive } from "../../metrics";

// The user's own items weigh as much as all others together; the ridge is a tenth of their mean square.
const ridgeShare = 0.1;

/**
 * [1, d] a vector for a user who was not trained, from a few items: the ridge regression of 1 for these items and 0 for all
 * on the item vectors Z, h = (Z_S' Z_S + (n/I) Z' Z + r I)^-1 Z_S' 1, as implicit matrix factorisation solves for a user
 * (Hu, Koren and Volinsky, 2008). For models whose scores are inner products.
 */
export async function ridgeUser(items: Matrix, liked: ArrayLike<number>): Promise<Matrix> {
  const d = items.cols;
  const products = new Float64Array(d * d);
  const sums = new Float64Array(d);
  const everyone = gram(
    items,
    Int32Array.from({ length: items.rows }, (_, i) => i),
  );
  const own = gram(items, liked);
  for (let n = 0; n < products.length; n++) products[n] = own[n]! + (liked.length / items.rows) * everyone[n]!;
  let trace = 0;
  for (let c = 0; c < d; c++) trace += products[c * d + c]! / d;
  for (let c = 0; c < d; c++) products[c * d + c]! += ridgeShare * trace + 1e-12;
  for (let n = 0; n < liked.length; n++) rowOf(items, liked[n]!).forEach((value, c) => (sums[c]! += value));
  const inverse = await inverseOfPositive(products, d);
  const vector = matrixOf(1, d);
  for (let r = 0; r < d; r++) {
    let sum = 0;
    for (let c = 0; c < d; c++) sum += inverse[r * d + c]! * sums[c]!;
    vector.data[r] = sum;
  }
  return vector;
}

/** Z' Z over the named rows. */
function gram(matrix: Matrix, rows: ArrayLike<number>): Float64Array {
  const d = matrix.cols;
  const products = new Float64Array(d * d);
  for (let n = 0; n < rows.length; n++) {
    const row = rowOf(matrix, rows[n]!);
    for (let a = 0; a < d; a++) for (let b = 0; b < d; b++) products[a * d + b]! += row[a]! * row[b]!;
  }
  return products;
}

/**
 * [1, d] a vector for a user who was not trained: the mean of the trained users' vectors, weighed by the cosine of their
 * histories with the given items. For any model; throws where nobody shares an item.
 */
export function meanOfAlikeUsers(users: Matrix, histories: Csr, liked: ArrayLike<number>): Matrix {
  const given = new Set(Array.from(liked));
  const vector = matrixOf(1, users.cols);
  let total = 0;
  for (let u = 0; u < users.rows; u++) {
    const own = columnsOf(histories, u);
    const shared = own.reduce((count, item) => count + (given.has(item) ? 1 : 0), 0);
    if (shared === 0) continue;
    const weight = shared / Math.sqrt(own.length * given.size);
    total += weight;
    rowOf(users, u).forEach((value, c) => (vector.data[c]! += weight * value));
  }
  if (total === 0) throw new RangeError("Cannot place a new user: no trained user shares an item");
  for (let c = 0; c < vector.data.length; c++) vector.data[c]! /= total;
  return vector;
}
