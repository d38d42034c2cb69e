import type { Matrix } from "../core";

/** Points in the plane of the two directions in which the rows differ most. */
export interface Plane {
  /** [rows] */
  readonly x: readonly number[];
  /** [rows] */
  readonly y: readonly number[];
  /** Share of the variance along x and along y, 0..1. */
  readonly shares: readonly [number, number];
}

/**
 * The rows of a matrix in the plane of their first two principal components.
 *
 * Orthogonal iteration on the covariance, started from the two columns that vary most, so the result needs no seed; each
 * component's sign makes its largest loading positive.
 */
export function principalPlane(matrix: Matrix, iterations = 300): Plane {
  if (matrix.rows === 0 || matrix.cols < 2) {
    throw new RangeError(`Cannot find the principal plane of a ${matrix.rows} x ${matrix.cols} matrix`);
  }
  const centred = centredRows(matrix);
  const covariance = covarianceOf(centred, matrix.rows, matrix.cols);
  const variances = Array.from({ length: matrix.cols }, (_, c) => covariance[c * matrix.cols + c]!);
  const total = variances.reduce((sum, value) => sum + value, 0);
  const widest = variances.map((_, c) => c).sort((a, b) => variances[b]! - variances[a]! || a - b);
  let axes = [unit(matrix.cols, widest[0]!), unit(matrix.cols, widest[1]!)];
  for (let k = 0; k < iterations; k++) {
    const turned = axes.map((axis) => times(covariance, axis));
    axes = orthonormal(turned, axes);
  }
  const [first, second] = axes.map(positive).sort((a, b) => spread(covariance, b) - spread(covariance, a));
  const along = (axis: Float64Array): number[] =>
    Array.from({ length: matrix.rows }, (_, r) => dot(centred.subarray(r * matrix.cols, (r + 1) * matrix.cols), axis));
  const shareOf = (axis: Float64Array): number => (total > 0 ? spread(covariance, axis) / total : 0);
  return { x: along(first!), y: along(second!), shares: [shareOf(first!), shareOf(second!)] };
}

function centredRows(matrix: Matrix): Float64Array {
  const centred = Float64Array.from(matrix.data);
  for (let c = 0; c < matrix.cols; c++) {
    let mean = 0;
    for (let r = 0; r < matrix.rows; r++) mean += centred[r * matrix.cols + c]! / matrix.rows;
    for (let r = 0; r < matrix.rows; r++) centred[r * matrix.cols + c]! -= mean;
  }
  return centred;
}

function covarianceOf(centred: Float64Array, rows: number, cols: number): Float64Array {
  const covariance = new Float64Array(cols * cols);
  for (let r = 0; r < rows; r++) {
    for (let a = 0; a < cols; a++) {
      const left = centred[r * cols + a]! / rows;
      for (let b = 0; b < cols; b++) covariance[a * cols + b]! += left * centred[r * cols + b]!;
    }
  }
  return covariance;
}

function unit(length: number, place: number): Float64Array {
  const axis = new Float64Array(length);
  axis[place] = 1;
  return axis;
}

function times(square: Float64Array, axis: Float64Array): Float64Array {
  const n = axis.length;
  return Float64Array.from({ length: n }, (_, r) => dot(square.subarray(r * n, (r + 1) * n), axis));
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!;
  return sum;
}

/** Gram-Schmidt on two axes; an axis that vanishes (no variance left) stays what it was. */
function orthonormal(turned: readonly Float64Array[], before: readonly Float64Array[]): Float64Array[] {
  const first = normalised(turned[0]!) ?? before[0]!;
  const along = dot(turned[1]!, first);
  const scale = Math.sqrt(dot(turned[1]!, turned[1]!));
  const rest = turned[1]!.map((value, k) => value - along * first[k]!);
  const vanishes = Math.sqrt(dot(rest, rest)) <= 1e-12 * scale;
  return [first, (vanishes ? undefined : normalised(rest)) ?? before[1]!];
}

function normalised(axis: Float64Array): Float64Array | undefined {
  const length = Math.sqrt(dot(axis, axis));
  return length > 0 ? axis.map((value) => value / length) : undefined;
}

function positive(axis: Float64Array): Float64Array {
  const largest = axis.reduce((best, value) => (Math.abs(value) > Math.abs(best) ? value : best), 0);
  return largest < 0 ? axis.map((value) => -value) : axis;
}

function spread(covariance: Float64Array, axis: Float64Array): number {
  return dot(axis, times(covariance, axis));
}
