import { type Lanes, type Matrix, threadCount, vectorLanes } from "../../core";
import { compiledFor } from "./compiled";
import type { Tensor } from "./tensor";

/** The first `rows` rows of inputs X [n, k] that lie outside the kernels' memory. */
export interface DenseInputs {
  readonly x: Matrix;
  readonly rows: number;
  /** One of `vectorLanes`, the widest unless given. */
  readonly lanes?: Lanes;
}

/**
 * Y [rows, h] = max(0, X W + b), for W [k, h] and b [1, h].
 *
 * @throws RangeError if an array is too short
 */
export function denseForward(inputs: DenseInputs, weight: Tensor, bias: Tensor, y: Tensor): void {
  const { x, rows, lanes = vectorLanes()[0]! } = inputs;
  const counts = [rows, x.cols, weight.cols, threadCount()] as const;
  compiledFor(lanes).denseForward(...counts, x.data, weight.data, bias.data, y.data);
}

/**
 * Adds X' dY to the gradient of W and dY's column sums to that of b.
 *
 * @throws RangeError if an array is too short
 */
export function denseBackward(inputs: DenseInputs, dY: Tensor, dWeight: Tensor, dBias: Tensor): void {
  const { x, rows, lanes = vectorLanes()[0]! } = inputs;
  const counts = [rows, x.cols, dWeight.cols, threadCount()] as const;
  compiledFor(lanes).denseBackward(...counts, x.data, dY.data, dWeight.data, dBias.data);
}
