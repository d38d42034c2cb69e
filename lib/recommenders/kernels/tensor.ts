import type { Matrix } from "../../core";

/** A matrix in the memory that the kernels work on: row-major 32-bit floats at an address. */
export interface Tensor {
  readonly address: number;
  readonly rows: number;
  readonly cols: number;
  /** The numbers, as a view that is valid until the memory next grows: take it anew each time. */
  readonly data: Float32Array;
}

/** A copy outside the kernels' memory. */
export function matrixFrom(tensor: Tensor): Matrix {
  return { data: tensor.data.slice(), rows: tensor.rows, cols: tensor.cols };
}
