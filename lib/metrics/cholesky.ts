import { breathe } from "../core";

/** Rows between two pauses for output and interrupts. */
const rowsABreath = 32;

/**
 * The inverse of a symmetric positive definite matrix [n, n] (row-major, its lower half is read), by Cholesky's
 * factorisation: A = L L', A^-1 = L^-T L^-1. Overwrites `a` with L. Stops at the signal.
 *
 * Throws where the matrix is not positive definite.
 */
export async function inverseOfPositive(a: Float64Array, n: number, signal?: AbortSignal): Promise<Float64Array> {
  if (a.length !== n * n) throw new RangeError(`Cannot invert a ${n} x ${n} matrix: ${a.length} numbers are given`);
  for (let i = 0; i < n; i++) {
    if (i % rowsABreath === 0) await breathe(signal);
    factorRow(a, n, i);
  }
  const columns = new Float64Array(n * n);
  for (let j = 0; j < n; j++) {
    if (j % rowsABreath === 0) await breathe(signal);
    solveColumn(a, n, j, columns);
  }
  const inverse = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    if (i % rowsABreath === 0) await breathe(signal);
    for (let j = 0; j <= i; j++) {
      inverse[i * n + j] = inverse[j * n + i] = dot(columns, i * n + i, columns, j * n + i, n - i);
    }
  }
  return inverse;
}

/** Row i of L, in place. */
function factorRow(a: Float64Array, n: number, i: number): void {
  for (let j = 0; j < i; j++) {
    a[i * n + j] = (a[i * n + j]! - dot(a, i * n, a, j * n, j)) / a[j * n + j]!;
  }
  const square = a[i * n + i]! - dot(a, i * n, a, i * n, i);
  if (!(square > 0)) throw new RangeError(`Cannot invert the matrix: it is not positive definite (row ${i})`);
  a[i * n + i] = Math.sqrt(square);
}

/** Column j of L^-1, as row j. */
function solveColumn(l: Float64Array, n: number, j: number, columns: Float64Array): void {
  const at = j * n;
  columns[at + j] = 1 / l[at + j]!;
  for (let i = j + 1; i < n; i++) {
    columns[at + i] = -dot(l, i * n + j, columns, at + j, i - j) / l[i * n + i]!;
  }
}

function dot(a: Float64Array, p: number, b: Float64Array, q: number, count: number): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let c = 0;
  for (; c + 3 < count; c += 4) {
    s0 += a[p + c]! * b[q + c]!;
    s1 += a[p + c + 1]! * b[q + c + 1]!;
    s2 += a[p + c + 2]! * b[q + c + 2]!;
    s3 += a[p + c + 3]! * b[q + c + 3]!;
  }
  for (; c < count; c++) s0 += a[p + c]! * b[q + c]!;
  return s0 + s1 + (s2 + s3);
}
