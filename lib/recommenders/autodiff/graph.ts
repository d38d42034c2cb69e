import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-node-gpu";
import { type Csr, matrixOf, type Prng, rowOf } from "../../core";
import type { Tf } from "../../core/tf";
import type { BuildContext } from "../definition";
import type { EdgeMask } from "../graph/edgeDrop";
import { bipartiteGraph, type BipartiteGraph } from "../graph/graph";
import type { GraphForm } from "../models/graphEncoders";
import type { Hold, VectorTensors } from "./model";

/** The noise of one layer: [n, d] unit rows for users or for trained items. */
export type NoiseRows = (view: 0 | 1, layer: number, side: "users" | "items") => Float32Array;

/** A graph's edges by their ends, over users and trained items. */
export class EdgeSums {
  readonly graph: BipartiteGraph;
  /** [R] */
  readonly warm: Tensor1D;
  readonly #users: Tensor1D;
  readonly #items: Tensor1D;
  readonly #counts: readonly [number, number];

  constructor(
    readonly tf: Tf,
    { set }: BuildContext,
    readonly form: GraphForm,
    hold: Hold,
  ) {
    const rowOfItem = new Int32Array(set.itemCount).fill(set.warmItems.length);
    set.warmItems.forEach((item, row) => (rowOfItem[item] = row));
    this.graph = bipartiteGraph(set.train, rowOfItem, set.warmItems.length, form.selfLoops);
    this.warm = hold(tf.tensor1d(set.warmItems.slice(), "int32"));
    const { userItem } = this.graph;
    this.#users = hold(tf.tensor1d(endsOf(userItem), "int32"));
    this.#items = hold(tf.tensor1d(userItem.columns.slice(), "int32"));
    this.#counts = [userItem.rows, userItem.cols];
  }

  /** Sums (or means) of layers from layer 0, for the whole graph or what a mask keeps of it. */
  layers(
    zero: VectorTensors,
    mask?: EdgeMask,
    keep?: number,
    noise?: (layer: number, at: VectorTensors) => VectorTensors,
  ) {
    const { tf, form } = this;
    const [toUsers, toItems, userLoops, itemLoops] = this.#weights(mask, keep);
    let at: VectorTensors = zero;
    let sum: VectorTensors | undefined = form.from === 0 ? zero : undefined;
    for (let k = 1; k <= form.layers; k++) {
      const into = (from: Tensor2D, ends: Tensor1D, weights: Tensor2D, to: Tensor1D, count: number): Tensor2D =>
        tf.unsortedSegmentSum<Tensor2D>(from.gather<Tensor2D>(ends).mul<Tensor2D>(weights), to, count);
      const users = into(at.items, this.#items, toUsers, this.#users, this.#counts[0]).add<Tensor2D>(
        at.users.mul(userLoops),
      );
      const items = into(at.users, this.#users, toItems, this.#items, this.#counts[1]).add<Tensor2D>(
        at.items.mul(itemLoops),
      );
      at = noise?.(k, { users, items }) ?? { users, items };
      sum = sum ? { users: sum.users.add<Tensor2D>(at.users), items: sum.items.add<Tensor2D>(at.items) } : at;
    }
    const share = form.mean ? 1 / (form.layers + 1 - form.from) : 1;
    return { users: sum!.users.mul<Tensor2D>(share), items: sum!.items.mul<Tensor2D>(share) };
  }

  #weights(mask?: EdgeMask, keep?: number): readonly [Tensor2D, Tensor2D, Tensor2D, Tensor2D] {
    const { userItem, userLoops, itemLoops } = this.graph;
    const column = (values: ArrayLike<number>, kept?: Uint8Array): Tensor2D =>
      this.tf.tensor2d(
        Float32Array.from(values, (value, n) => (kept ? (kept[n]! * value) / (keep ?? 1) : value)),
        [values.length, 1],
      );
    const values = mask && keep === undefined ? renormalised(userItem, mask.toUsers) : userItem.values;
    return [
      column(values, mask?.toUsers),
      column(values, mask?.toItems),
      column(userLoops, mask?.userLoops),
      column(itemLoops, mask?.itemLoops),
    ];
  }

  /** Adds eps * sign * noise to a layer of a view. */
  perturbed(view: 0 | 1, eps: number, rows: NoiseRows): (layer: number, at: VectorTensors) => VectorTensors {
    const add = (x: Tensor2D, noise: Float32Array): Tensor2D =>
      x.add(x.sign().mul(this.tf.tensor2d(noise.slice(), x.shape)).mul(eps));
    return (layer, { users, items }) => ({
      users: add(users, rows(view, layer, "users")),
      items: add(items, rows(view, layer, "items")),
    });
  }
}

/** The user of each entry. */
function endsOf(pattern: Csr): Int32Array {
  const ends = new Int32Array(pattern.columns.length);
  for (let u = 0; u < pattern.rows; u++) ends.fill(u, pattern.starts[u]!, pattern.starts[u + 1]!);
  return ends;
}

function renormalised(pattern: Csr, kept: Uint8Array): Float64Array {
  const ends = endsOf(pattern);
  const [ofUsers, ofItems] = [new Float64Array(pattern.rows), new Float64Array(pattern.cols)] as const;
  kept.forEach((one, e) => {
    ofUsers[ends[e]!]! += one;
    ofItems[pattern.columns[e]!]! += one;
  });
  return Float64Array.from(kept, (one, e) =>
    one ? 1 / Math.sqrt(ofUsers[ends[e]!]! * ofItems[pattern.columns[e]!]!) : 0,
  );
}

/** Unit rows of uniform numbers from a stream. */
export function drawnNoise(prng: Prng, sizes: Readonly<Record<"users" | "items", number>>, width: number): NoiseRows {
  return (_view, _layer, side) => {
    const noise = matrixOf(sizes[side], width, Float32Array.from({ length: sizes[side] * width }, prng));
    for (let r = 0; r < noise.rows; r++) {
      const row = rowOf(noise, r);
      const length = Math.hypot(...row);
      row.forEach((value, c) => (row[c] = value / length));
    }
    return noise.data;
  };
}
