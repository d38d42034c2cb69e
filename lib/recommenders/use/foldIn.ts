import { columnsOf, type Csr, type Matrix, matrixOf, rowOf } from "../../core";
import { inverseOfPositive } from "../../metrics";

// The user's own items weigh as much as all others together; the ridge is a tenth of their mean square.
const ridgeShare = 0.1;

/**
 * [1, d] a vector for a user who was not trained, from a few items: the ridge regression of 1 for these items and 0 for all
 * on the item vectors Z, h = (Z_S' Z_S + (n/I) Z' Z + r I)^-1 Z_S' 1, as implicit matrix factorisation solves for a user
 * (Hu, Koren and Volinsky, 2008). For models whose scores are inner products.
 *
 * Where `biasColumn` holds the items' biases b, which count once for everybody, h is 1 there and the other numbers, columns before
 * it, are fitted to what the biases leave: 1 - b for these items and -b for all.
 */
export async function ridgeUser(items: Matrix, liked: ArrayLike<number>, biasColumn?: number): Promise<Matrix> {
  const free = biasColumn === undefined ? items : firstColumns(items, biasColumn);
  const d = free.cols;
  const products = new Float64Array(d * d);
  const all = Int32Array.from({ length: items.rows }, (_, i) => i);
  const share = liked.length / items.rows;
  const everyone = gram(free, all);
  const own = gram(free, liked);
  for (let n = 0; n < products.length; n++) products[n] = own[n]! + share * everyone[n]!;
  let trace = 0;
  for (let c = 0; c < d; c++) trace += products[c * d + c]! / d;
  for (let c = 0; c < d; c++) products[c * d + c]! += ridgeShare * trace + 1e-12;
  const bias = (item: number): number => (biasColumn === undefined ? 0 : rowOf(items, item)[biasColumn]!);
  const sums = new Float64Array(d);
  addRows(sums, free, liked, (item) => 1 - bias(item));
  if (biasColumn !== undefined) addRows(sums, free, all, (item) => -share * bias(item));
  const inverse = await inverseOfPositive(products, d);
  const vector = matrixOf(1, items.cols);
  for (let r = 0; r < d; r++) {
    let sum = 0;
    for (let c = 0; c < d; c++) sum += inverse[r * d + c]! * sums[c]!;
    vector.data[r] = sum;
  }
  if (biasColumn !== undefined) vector.data[biasColumn] = 1;
  return vector;
}

function firstColumns(matrix: Matrix, count: number): Matrix {
  const first = matrixOf(matrix.rows, count);
  for (let r = 0; r < matrix.rows; r++) rowOf(first, r).set(rowOf(matrix, r).subarray(0, count));
  return first;
}

function addRows(sums: Float64Array, matrix: Matrix, rows: ArrayLike<number>, weightOf: (row: number) => number): void {
  for (let n = 0; n < rows.length; n++) {
    const weight = weightOf(rows[n]!);
    rowOf(matrix, rows[n]!).forEach((value, c) => (sums[c]! += weight * value));
  }
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
