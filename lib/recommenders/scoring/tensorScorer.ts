import { matrixOf } from "../../core";
import type { Scorer } from "../../metrics";
import { bestScratch, type Kernels, type Tensor, withKernels } from "../kernels";

/**
 * A scorer from scores [users, candidates] in the kernels' memory; the best are found there, so that only they leave it.
 * Scores must be finite.
 */
export function tensorScorer(
  scoresOf: (kernels: Kernels, users: Int32Array, candidates: Int32Array) => Tensor,
): Scorer {
  return {
    scores: (users, candidates) =>
      withKernels((kernels) => {
        const { rows, cols, data } = scoresOf(kernels, users, candidates);
        return matrixOf(rows, cols, data.slice());
      }),
    best: (users, candidates, k, hidden) =>
      withKernels((kernels) => bestOf(kernels, scoresOf(kernels, users, candidates), candidates, k, hidden)),
  };
}

function bestOf(
  kernels: Kernels,
  scores: Tensor,
  candidates: Int32Array,
  k: number,
  hidden: readonly Int32Array[],
): Int32Array {
  const { rows, cols, address } = scores;
  const best = kernels.integers(rows * k);
  const scratch = kernels.scratch(rows, bestScratch(k)).address;
  const { data } = scores;
  hidden.forEach((columns, r) => {
    for (const column of columns) data[r * cols + column] = -Infinity;
  });
  if (kernels.run.bestColumns(address, rows, cols, k, best, scratch) !== 0) {
    const bad = candidates[scores.data.findIndex(Number.isNaN) % cols];
    throw new RangeError(`Cannot rank item ${bad}: its score is NaN`);
  }
  const found = new Int32Array(kernels.run.memory.buffer, best, rows * k);
  return found.map((column) => (column < 0 ? -1 : candidates[column]!));
}
