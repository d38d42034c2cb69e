import { type Csr, transposed } from "../../core";

/**
 * The normalised adjacency of users and items, as two halves and their diagonals: D^-1/2 (A + I) D^-1/2, where D counts a
 * node's neighbours and itself, as in the authors' code; or D^-1/2 A D^-1/2 with zero diagonals, as in LightGCN's paper.
 */
export interface BipartiteGraph {
  /** [U, R] entry (u, i) is 1 / sqrt(D_u D_i). */
  readonly userItem: Csr & { readonly values: Float32Array };
  /** [R, U] its transpose. */
  readonly itemUser: Csr & { readonly values: Float32Array };
  /** [U] 1 / D_u, or 0 without self-loops */
  readonly userLoops: Float32Array;
  /** [R] 1 / D_i, or 0 without self-loops */
  readonly itemLoops: Float32Array;
}

/** The graph of training pairs, whose item columns become the rows named by `rowOfItem`; only `rows` of them take part. */
export function bipartiteGraph(train: Csr, rowOfItem: Int32Array, rows: number, selfLoops = true): BipartiteGraph {
  const columns = new Int32Array(train.columns.length);
  for (let u = 0; u < train.rows; u++) {
    const from = train.starts[u]!;
    const to = train.starts[u + 1]!;
    for (let e = from; e < to; e++) columns[e] = rowOfItem[train.columns[e]!]!;
    columns.subarray(from, to).sort();
  }
  for (let e = 0; e < columns.length; e++) {
    if (columns[e]! >= rows) {
      throw new RangeError("Cannot build the graph: a training pair names an item that is not trained");
    }
  }
  const userDegrees = degreesOf(train.starts, selfLoops);
  const pattern: Csr = { rows: train.rows, cols: rows, starts: train.starts, columns };
  const itemDegrees = degreesOf(transposed(pattern).starts, selfLoops);
  const values = new Float32Array(columns.length);
  for (let u = 0; u < train.rows; u++) {
    for (let e = train.starts[u]!; e < train.starts[u + 1]!; e++) {
      values[e] = 1 / Math.sqrt(userDegrees[u]! * itemDegrees[columns[e]!]!);
    }
  }
  const userItem = { ...pattern, values };
  const turned = transposed(userItem);
  return {
    userItem,
    itemUser: { ...turned, values: turned.values! },
    userLoops: Float32Array.from(userDegrees, (degree) => (selfLoops ? 1 / degree : 0)),
    itemLoops: Float32Array.from(itemDegrees, (degree) => (selfLoops ? 1 / degree : 0)),
  };
}

/** Neighbours of each row, and the row itself. */
function degreesOf(starts: Int32Array, selfLoops: boolean): Float64Array {
  const own = selfLoops ? 1 : 0;
  return Float64Array.from({ length: starts.length - 1 }, (_, r) => starts[r + 1]! - starts[r]! + own);
}
