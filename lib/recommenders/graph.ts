import { type Csr, transposed } from "../core";

/**
 * The normalised adjacency D^-1/2 (A + I) D^-1/2 of users and items, as two halves and their diagonals.
 *
 * D counts a node's neighbours and itself, as in the authors' code (the LightGCN paper has no self-loops).
 */
export interface BipartiteGraph {
  /** [U, R] entry (u, i) is 1 / sqrt((deg u + 1)(deg i + 1)). */
  readonly userItem: Csr & { readonly values: Float32Array };
  /** [R, U] its transpose. */
  readonly itemUser: Csr & { readonly values: Float32Array };
  /** [U] 1 / (deg u + 1) */
  readonly userLoops: Float32Array;
  /** [R] 1 / (deg i + 1) */
  readonly itemLoops: Float32Array;
}

/** The graph of training pairs, whose item columns become the rows named by `rowOfItem`; only `rows` of them take part. */
export function bipartiteGraph(train: Csr, rowOfItem: Int32Array, rows: number): BipartiteGraph {
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
  const userDegrees = degreesOf(train.starts);
  const pattern: Csr = { rows: train.rows, cols: rows, starts: train.starts, columns };
  const itemDegrees = degreesOf(transposed(pattern).starts);
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
    userLoops: Float32Array.from(userDegrees, (degree) => 1 / degree),
    itemLoops: Float32Array.from(itemDegrees, (degree) => 1 / degree),
  };
}

/** Neighbours of each row and the row itself. */
function degreesOf(starts: Int32Array): Float64Array {
  return Float64Array.from({ length: starts.length - 1 }, (_, r) => starts[r + 1]! - starts[r]! + 1);
}
