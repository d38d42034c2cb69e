import { gatherRows, type Matrix, matrixOf } from "../../core";
import type { Scorer } from "../../metrics";
import { type Kernels, type Tensor, withKernels } from "../kernels";
import { tensorScorer } from "./tensorScorer";

/** S = A B' [n, m] for A [n, d] and B [m, d], by the kernels. */
export function dotProducts(a: Matrix, b: Matrix): Matrix {
  return withKernels((kernels) => {
    const { rows, cols, data } = productTensor(kernels, a, b);
    return matrixOf(rows, cols, data.slice());
  });
}

/** A B' in the kernels' memory; throws where rows of A and of B are not of one width. */
export function productTensor(kernels: Kernels, a: Matrix, b: Matrix): Tensor {
  if (a.cols !== b.cols) throw new RangeError(`Cannot multiply rows of ${a.cols} by rows of ${b.cols} numbers`);
  const left = kernels.tensor(a.rows, a.cols, a);
  const right = kernels.tensor(b.rows, b.cols, b);
  const turned = kernels.scratch(b.cols, b.rows);
  const result = kernels.scratch(a.rows, b.rows);
  kernels.run.transpose(right.address, turned.address, b.rows, b.cols);
  kernels.run.gemm(left.address, turned.address, result.address, a.rows, a.cols, b.rows, 0, 0);
  return result;
}

/** Scores <u, i> of user vectors [U, d] and item vectors [I, d]. */
export function dotScorer(users: Matrix, items: Matrix): Scorer {
  return tensorScorer((kernels, rows, candidates) =>
    productTensor(kernels, gatherRows(users, rows), gatherRows(items, candidates)),
  );
}
