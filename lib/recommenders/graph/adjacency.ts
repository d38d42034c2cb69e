import type { BipartiteGraph } from "./graph";
import type { Kernels, Tensor } from "../kernels";
import type { RowList } from "./rowList";

/** The two sides of the graph. */
export type SideName = "users" | "items";

/** Vectors of all nodes: users [U, d] and items [R, d]. */
export interface Nodes {
  readonly users: Tensor;
  readonly items: Tensor;
}

/** Vectors of zeros for all nodes: users [users, width] and items [items, width]. */
export function nodesOf(kernels: Kernels, users: number, items: number, width: number): Nodes {
  return { users: kernels.tensor(users, width), items: kernels.tensor(items, width) };
}

/** Half of the graph in the kernels' memory: what flows into the nodes of one side. */
export interface Half {
  readonly rows: number;
  /** Addresses of the compressed rows. */
  readonly starts: number;
  readonly columns: number;
  /** [nnz] entries into this side. */
  readonly values: Tensor;
  /** [nnz] entries out of this side, in the same order: the transpose's; the same tensor where A is symmetric. */
  readonly turned: Tensor;
  /** [rows] the diagonal */
  readonly loops: Tensor;
}

/** The terms of a product besides its result; each may be left out. */
export interface Terms {
  readonly base?: Tensor | undefined;
  readonly same?: Tensor | undefined;
  readonly other?: Tensor | undefined;
}

/** The normalised adjacency A of users and items, ready to be multiplied. */
export class Adjacency {
  constructor(
    readonly kernels: Kernels,
    readonly users: Half,
    readonly items: Half,
  ) {}

  static of(kernels: Kernels, graph: BipartiteGraph): Adjacency {
    const { userItem, itemUser, userLoops, itemLoops } = graph;
    return new Adjacency(kernels, halfOf(kernels, userItem, userLoops), halfOf(kernels, itemUser, itemLoops));
  }

  /**
   * out = base + diagonal * same + half of A times other, for the nodes of `side` (only those that `rows` names, if
   * given); with `turned`, of the transpose of A.
   */
  product(side: SideName, { base, same, other }: Terms, out: Tensor, turned = false, rows?: RowList): void {
    const { starts, columns, values, turned: back, loops, rows: all } = this[side];
    const entries = (turned ? back : values).address;
    const places = [base?.address ?? 0, same?.address ?? 0, other?.address ?? 0, out.address] as const;
    const { run } = this.kernels;
    run.spmm(starts, columns, entries, loops.address, ...places, rows?.count ?? all, out.cols, rows?.address ?? 0);
  }

  /** out [R, d] += the transposed half times the listed rows of X [U, d]; the rows ascending. */
  scatterToItems(x: Tensor, rows: RowList, out: Tensor): void {
    const { starts, columns, values } = this.users;
    const { run } = this.kernels;
    run.scatterProduct(starts, columns, values.address, x.address, out.address, x.cols, rows.address, rows.count);
  }
}

function halfOf(kernels: Kernels, half: BipartiteGraph["userItem"], diagonal: Float32Array): Half {
  const row = (data: Float32Array): Tensor => kernels.tensor(1, data.length, { data, rows: 1, cols: data.length });
  const values = row(half.values);
  return {
    starts: kernels.integers(half.starts),
    columns: kernels.integers(half.columns),
    values,
    turned: values,
    loops: row(diagonal),
    rows: half.rows,
  };
}
