import { join } from "node:path";
import { type Lanes, loadNative, threadCount, vectorLanes } from "../../core";
import type { Tensor } from "./tensor";

/** The first rows of a tensor. */
export interface FirstRows {
  readonly tensor: Tensor;
  readonly rows: number;
}

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

interface Addon {
  exponentialSums(
    x: Float32Array,
    n: number,
    y: Float32Array,
    m: number,
    values: Float32Array,
    d: number,
    temperature: number,
    out: Float32Array,
    sums: Float32Array,
    threads: number,
  ): void;
}

const addons = new Map<Lanes, Addon>();

/**
 * For P = exp(X Y' / temperature) [n, m], of which only tiles are ever kept: adds P V to `out` and writes P's row sums.
 *
 * Compiled for the processor's own vectors, which WebAssembly's 128 bits without fused products do not reach. Rounding
 * depends on their width, not on the threads. Exponents above 88 count as infinite, below -87 as nothing.
 *
 * @throws MissingInputError where the compiled kernels are not there or cannot be loaded; RangeError if an array is too short
 */
export function exponentialSums(problem: ExponentialProblem): void {
  const { x, y, values, temperature, out, sums, lanes = vectorLanes()[0]! } = problem;
  const d = x.tensor.cols;
  const [rows, columns] = [x.tensor.data, y.tensor.data];
  const results = [out.data, sums.data] as const;
  const addon = addonOf(lanes);
  addon.exponentialSums(rows, x.rows, columns, y.rows, values.data, d, temperature, ...results, threadCount());
}

function addonOf(lanes: Lanes): Addon {
  const known = addons.get(lanes) ?? (loadNative(join(__dirname, "exponentials"), lanes) as Addon);
  addons.set(lanes, known);
  return known;
}
