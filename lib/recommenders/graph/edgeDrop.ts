import { type Csr, type Prng, shuffled, transposed } from "../../core";
import { Adjacency, type Half } from "./adjacency";
import type { Kernels } from "../kernels";

/**
 * Which entries of the adjacency a view keeps, 1 or 0: [nnz] those from items to users and from users to items, both in
 * the order of the users' rows, and the diagonal's [U] and [R].
 */
export interface EdgeMask {
  readonly toUsers: Uint8Array;
  readonly toItems: Uint8Array;
  readonly userLoops: Uint8Array;
  readonly itemLoops: Uint8Array;
}

/** Draws one view of a graph with so many pairs, users and items. */
export type EdgeDraw = (pairs: number, users: number, items: number) => EdgeMask;

/** Each directed entry, self-loops among them, is kept with a probability of its own (HKUDS/RecLM). */
export function directedDraw(prng: Prng, keep: number): EdgeDraw {
  const mask = (length: number): Uint8Array => {
    const kept = new Uint8Array(length);
    // A number rather than a branch, which a processor would foresee half of the time.
    for (let e = 0; e < length; e++) kept[e] = Number(prng() < keep);
    return kept;
  };
  return (pairs, users, items) => ({
    toUsers: mask(pairs),
    toItems: mask(pairs),
    userLoops: mask(users),
    itemLoops: mask(items),
  });
}

/** A given share of the pairs is dropped, both ways (SGL's edge dropout; wujcan/SGL-Torch, create_adj_mat). */
export function undirectedDraw(prng: Prng, drop: number): EdgeDraw {
  return (pairs, users, items) => {
    const kept = new Uint8Array(pairs);
    const order = shuffled(
      Int32Array.from({ length: pairs }, (_, e) => e),
      prng,
    );
    for (let e = 0; e < Math.floor(pairs * (1 - drop)); e++) kept[order[e]!] = 1;
    return { toUsers: kept, toItems: kept, userLoops: new Uint8Array(users), itemLoops: new Uint8Array(items) };
  };
}

/**
 * A view of a graph with some entries dropped. What is left is either divided by the share that is kept (the authors'
 * code: no new normalisation, and not symmetric) or normalised by the degrees that are left (SGL's paper).
 *
 * The transpose of an entry is found by a map made once: `sources[k]` is the users' entry that is the items' entry k.
 */
export class DroppedView {
  readonly adjacency: Adjacency;
  readonly #sources: Int32Array;
  readonly #ends: Int32Array;
  /** [nnz] 1 where an entry into the users is kept, 2 where its transpose is, 3 where both are. */
  readonly #kept: Uint8Array;

  constructor(
    readonly kernels: Kernels,
    readonly full: Adjacency,
    readonly pattern: Csr,
  ) {
    this.adjacency = new Adjacency(kernels, copyOf(kernels, full.users), copyOf(kernels, full.items));
    this.#sources = sourcesOf(pattern);
    this.#ends = new Int32Array(pattern.columns.length);
    for (let u = 0; u < pattern.rows; u++) this.#ends.fill(u, pattern.starts[u]!, pattern.starts[u + 1]!);
    this.#kept = new Uint8Array(pattern.columns.length);
  }

  /** Keeps what the mask keeps, divided by `keep`. */
  setScaled(mask: EdgeMask, keep: number): void {
    const { users, items } = this.full;
    const by = 1 / keep;
    this.#write(mask, users.values.data, items.values.data, by);
    writeMasked(this.adjacency.users.loops.data, users.loops.data, mask.userLoops, by);
    writeMasked(this.adjacency.items.loops.data, items.loops.data, mask.itemLoops, by);
  }

  /** Keeps what the mask keeps, normalised by what is left: 1 / sqrt(D_u D_i); for graphs without self-loops. */
  setNormalised(mask: EdgeMask): void {
    const { columns, rows, cols } = this.pattern;
    const userDegrees = new Float64Array(rows);
    const itemDegrees = new Float64Array(cols);
    for (let e = 0; e < columns.length; e++) {
      userDegrees[this.#ends[e]!]! += mask.toUsers[e]!;
      itemDegrees[columns[e]!]! += mask.toUsers[e]!;
    }
    const values = Float32Array.from(columns, (column, e) => {
      return mask.toUsers[e] ? 1 / Math.sqrt(userDegrees[this.#ends[e]!]! * itemDegrees[column]!) : 0;
    });
    const itemsValues = Float32Array.from(this.#sources, (e) => values[e]!);
    this.#write(mask, values, itemsValues, 1);
  }

  /** Both orders are written from front to back, and what is read out of order is small enough for the cache. */
  #write({ toUsers, toItems }: EdgeMask, values: Float32Array, itemsValues: Float32Array, by: number): void {
    const { users, items } = this.adjacency;
    const [into, out] = [users.values.data, users.turned.data] as const;
    const [itemsInto, itemsOut] = [items.values.data, items.turned.data] as const;
    const [kept, sources] = [this.#kept, this.#sources];
    for (let e = 0; e < kept.length; e++) {
      const value = values[e]! * by;
      into[e] = toUsers[e]! * value;
      out[e] = toItems[e]! * value;
      kept[e] = toUsers[e]! | (toItems[e]! << 1);
    }
    for (let k = 0; k < kept.length; k++) {
      const value = itemsValues[k]! * by;
      const both = kept[sources[k]!]!;
      itemsInto[k] = (both >> 1) * value;
      itemsOut[k] = (both & 1) * value;
    }
  }
}

function writeMasked(out: Float32Array, values: Float32Array, mask: Uint8Array, by: number): void {
  for (let r = 0; r < out.length; r++) out[r] = mask[r] ? values[r]! * by : 0;
}

/** The same rows and columns with entries of its own. */
function copyOf(kernels: Kernels, half: Half): Half {
  const count = half.values.cols;
  return {
    ...half,
    values: kernels.tensor(1, count),
    turned: kernels.tensor(1, count),
    loops: kernels.tensor(1, half.loops.cols),
  };
}

/** For each entry of the transpose, where it stands among the users' entries. */
function sourcesOf(pattern: Csr): Int32Array {
  const next = transposed(pattern).starts.slice();
  const sources = new Int32Array(pattern.columns.length);
  pattern.columns.forEach((column, e) => (sources[next[column]!++] = e));
  return sources;
}
