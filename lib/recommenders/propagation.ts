import type { BipartiteGraph } from "./graph";
import type { Kernels, Tensor } from "./kernels";

/** One half of the graph in the kernels' memory. */
interface Half {
  readonly starts: number;
  readonly columns: number;
  readonly values: number;
  readonly loops: number;
  readonly rows: number;
}

/**
 * LightGCN's user vectors: the sum of layers 0..L of E(k+1) = A E(k), where the items' layers only feed the users'.
 *
 * A is symmetric, so the backward pass multiplies by the same halves. The last layer of items is never needed: L layers
 * cost 2L - 1 half products each way.
 */
export class Propagation {
  readonly #users: Half;
  readonly #items: Half;
  /** [U, d] sum of layers, valid after `forward`. */
  readonly output: Tensor;
  /** [U, d] where the gradient of `output` is gathered; zero after `backward`. */
  readonly gradient: Tensor;
  readonly #userLayers: readonly [Tensor, Tensor];
  readonly #itemLayers: readonly [Tensor, Tensor];

  constructor(
    readonly kernels: Kernels,
    graph: BipartiteGraph,
    readonly layers: number,
    width: number,
  ) {
    const { userItem, itemUser } = graph;
    this.#users = halfOf(kernels, userItem, graph.userLoops);
    this.#items = halfOf(kernels, itemUser, graph.itemLoops);
    this.output = kernels.tensor(userItem.rows, width);
    this.gradient = kernels.tensor(userItem.rows, width);
    this.#userLayers = [kernels.tensor(userItem.rows, width), kernels.tensor(userItem.rows, width)];
    this.#itemLayers = [kernels.tensor(itemUser.rows, width), kernels.tensor(itemUser.rows, width)];
  }

  /** From layer 0: users [U, d] and the trained items [R, d]. */
  forward(users: Tensor, items: Tensor): void {
    const { output } = this;
    output.data.set(users.data);
    let userLayer = users;
    let itemLayer = items;
    for (let l = 0; l < this.layers; l++) {
      const nextUsers = this.#userLayers[l % 2]!;
      const nextItems = this.#itemLayers[l % 2]!;
      this.#multiply(this.#users, undefined, userLayer, itemLayer, nextUsers);
      if (l + 1 < this.layers) this.#multiply(this.#items, undefined, itemLayer, userLayer, nextItems);
      this.kernels.run.addInto(nextUsers.address, output.address, output.rows * output.cols);
      userLayer = nextUsers;
      itemLayer = nextItems;
    }
  }

  /** Adds the gradients of layer 0. */
  backward(dUsers: Tensor, dItems: Tensor): void {
    let userLayer = this.gradient;
    let itemLayer: Tensor | undefined;
    for (let l = this.layers - 1; l >= 0; l--) {
      const nextUsers = this.#userLayers[l % 2]!;
      const nextItems = this.#itemLayers[l % 2]!;
      this.#multiply(this.#users, this.gradient, userLayer, itemLayer, nextUsers);
      this.#multiply(this.#items, undefined, itemLayer, userLayer, nextItems);
      userLayer = nextUsers;
      itemLayer = nextItems;
    }
    const { run } = this.kernels;
    run.addInto(userLayer.address, dUsers.address, this.gradient.rows * this.gradient.cols);
    if (itemLayer) run.addInto(itemLayer.address, dItems.address, itemLayer.rows * itemLayer.cols);
    this.gradient.data.fill(0);
  }

  /** out = base + loops * same + half other. */
  #multiply(
    half: Half,
    base: Tensor | undefined,
    same: Tensor | undefined,
    other: Tensor | undefined,
    out: Tensor,
  ): void {
    const { starts, columns, values, loops, rows } = half;
    const places = [base?.address ?? 0, same?.address ?? 0, other?.address ?? 0, out.address] as const;
    this.kernels.run.spmm(starts, columns, values, loops, ...places, rows, out.cols);
  }
}

function halfOf(kernels: Kernels, half: BipartiteGraph["userItem"], loops: Float32Array): Half {
  return {
    starts: kernels.integers(half.starts),
    columns: kernels.integers(half.columns),
    values: kernels.tensor(1, half.values.length, { data: half.values, rows: 1, cols: half.values.length }).address,
    loops: kernels.tensor(1, loops.length, { data: loops, rows: 1, cols: loops.length }).address,
    rows: half.rows,
  };
}
