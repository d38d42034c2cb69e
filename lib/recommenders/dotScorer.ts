import { gatherRows, type Matrix, matrixOf } from "../core";
import type { Scorer } from "../metrics";
import type { Frozen } from "./definition";
import { Kernels, matrixFrom, type Tensor } from "./kernels";

let shared: Kernels | undefined;

/** S = A B' [n, m] for A [n, d] and B [m, d], by the kernels. */
export function dotProducts(a: Matrix, b: Matrix): Matrix {
  if (a.cols !== b.cols) throw new RangeError(`Cannot multiply rows of ${a.cols} by rows of ${b.cols} numbers`);
  shared ??= new Kernels();
  const mark = shared.bytes;
  try {
    const left = shared.tensor(a.rows, a.cols, a);
    const right = shared.tensor(b.rows, b.cols, b);
    const turned = shared.tensor(b.cols, b.rows);
    const result = shared.tensor(a.rows, b.rows);
    shared.run.transpose(right.address, turned.address, b.rows, b.cols);
    shared.run.gemm(left.address, turned.address, result.address, a.rows, a.cols, b.rows, 0, 0);
    return matrixOf(a.rows, b.rows, result.data.slice());
  } finally {
    shared.release(mark);
  }
}

/** Scores <u, i> of user vectors [U, d] and item vectors [I, d]. */
export function dotScorer(users: Matrix, items: Matrix): Scorer {
  return { scores: (rows, candidates) => dotProducts(gatherRows(users, rows), gatherRows(items, candidates)) };
}

/** A model frozen as its vectors; `items` has the rows that `rowOfItem` names. */
export function frozenVectors(users: Tensor, items: Tensor, rowOfItem: Int32Array): Frozen {
  const copies = { users: matrixFrom(users), items: gatherRows(matrixFrom(items), rowOfItem) };
  return { ...copies, scorer: dotScorer(copies.users, copies.items) };
}
