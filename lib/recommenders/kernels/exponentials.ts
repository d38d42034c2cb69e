import { type Lanes, threadCount, vectorLanes } from "../../core";
import { compiledFor } from "./compiled";
import type { Tensor } from "./tensor";

/** The first rows of a tensor. */
export interface FirstRows {
  readonly tensor: Tensor;
  readonly rows: number;
}

/** Rows X against rows Y with their values V, and where the results are written. */
export interface ExponentialProblem {
  /** X [n, d] */
  readonly x: FirstRows;
  /** Y [m, d] */
  readonly y: FirstRows;
  /** V [m, d] */
  readonly values: Tensor;
  readonly temperature: number;
  /** [n, d], added to. */
  readonly out: Tensor;
  /** [n], written. */
  readonly sums: Tensor;
  /** One of `vectorLanes`, the widest unless given. */
  readonly lanes?: Lanes;
}

/**
 * For P = exp(X Y' / temperature) [n, m], of which only tiles are ever kept: adds P V to `out` and writes P's row sums.
 * Exponents above 88 count as infinite, below -87 as nothing.
 *
 * @throws RangeError if an array is too short
 */
export function exponentialSums(problem: ExponentialProblem): void {
  const { x, y, values, temperature, out, sums, lanes = vectorLanes()[0]! } = problem;
  const counts = [x.rows, y.rows, x.tensor.cols, threadCount()] as const;
  const inputs = [x.tensor.data, y.tensor.data, values.data] as const;
  compiledFor(lanes).exponentialSums(...counts, temperature, ...inputs, out.data, sums.data);
}
