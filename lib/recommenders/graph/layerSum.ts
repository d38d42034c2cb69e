import { type Adjacency, type Nodes, nodesOf } from "./adjacency";

/** Which layers are summed, and how. */
export interface LayerForm {
  readonly layers: number;
  /** The first layer of the sum: 0, or 1 to leave the inputs out (SimGCL's paper). */
  readonly from: 0 | 1;
  /** Whether the sum is divided by the number of its layers. */
  readonly mean: boolean;
}

/** What may be done to a layer k = 1..L before it is summed and passed on; its gradient must be the identity. */
export type Perturb = (nodes: Nodes, layer: number) => void;

/** Users' and items' sums (or means) of the layers E(k+1) = A E(k). */
export class LayerSum {
  readonly #scratch: readonly [Nodes, Nodes];
  readonly #scale: number;

  constructor(
    readonly adjacency: Adjacency,
    width: number,
    readonly form: LayerForm,
  ) {
    const { kernels, users, items } = adjacency;
    this.#scratch = [nodesOf(kernels, users.rows, items.rows, width), nodesOf(kernels, users.rows, items.rows, width)];
    this.#scale = form.mean ? 1 / (form.layers + 1 - form.from) : 1;
  }

  /** Writes the sum to `out`; `first`, if given, is A E(0), made already. */
  forward(zero: Nodes, out: Nodes, perturb?: Perturb, first?: Nodes): void {
    const { layers, from } = this.form;
    if (from === 0) copyInto(zero, out);
    else clear(out);
    let layer = zero;
    for (let k = 1; k <= layers; k++) {
      const next = this.#scratch[k % 2]!;
      if (k === 1 && first) copyInto(first, next);
      else this.multiply(layer, next);
      perturb?.(next, k);
      this.#addInto(next, out);
      layer = next;
    }
    this.#rescale(out);
  }

  /** Adds the gradient of layer 0; that of the sum is overwritten. */
  backward(gradient: Nodes, into: Nodes): void {
    const { layers, from } = this.form;
    this.#rescale(gradient);
    let layer = gradient;
    for (let k = layers; k >= 1; k--) {
      const next = this.#scratch[k % 2]!;
      this.multiply(layer, next, k > 1 || from === 0 ? gradient : undefined, true);
      layer = next;
    }
    if (layers > 0 || from === 0) this.#addInto(layer, into);
  }

  /** out = base + A nodes, or the transpose of A. */
  multiply(nodes: Nodes, out: Nodes, base?: Nodes, turned = false): void {
    const { adjacency } = this;
    const { users, items } = nodes;
    adjacency.product("users", { base: base?.users, same: users, other: items }, out.users, turned);
    adjacency.product("items", { base: base?.items, same: items, other: users }, out.items, turned);
  }

  #addInto(from: Nodes, to: Nodes): void {
    const { run } = this.adjacency.kernels;
    run.addInto(from.users.address, to.users.address, to.users.rows * to.users.cols);
    run.addInto(from.items.address, to.items.address, to.items.rows * to.items.cols);
  }

  #rescale({ users, items }: Nodes): void {
    if (this.#scale === 1) return;
    const { run } = this.adjacency.kernels;
    run.scale(users.address, this.#scale, users.rows * users.cols);
    run.scale(items.address, this.#scale, items.rows * items.cols);
  }
}

/** A copy of the vectors; the target may have fewer items. */
export function copyInto(from: Nodes, to: Nodes): void {
  to.users.data.set(from.users.data.subarray(0, to.users.rows * to.users.cols));
  to.items.data.set(from.items.data.subarray(0, to.items.rows * to.items.cols));
}

/** Zeros in the place of all vectors. */
export function clear({ users, items }: Nodes): void {
  users.data.fill(0);
  items.data.fill(0);
}
