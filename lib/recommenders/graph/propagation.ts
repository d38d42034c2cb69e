import { Adjacency } from "./adjacency";
import type { BipartiteGraph } from "./graph";
import type { Kernels, Tensor } from "../kernels";
import type { RowList } from "./rowList";

/**
 * LightGCN's user vectors: the sum of layers 0..L of E(k+1) = A E(k), where the items' layers only feed the users'.
 *
 * A is symmetric, so the backward pass multiplies by the same halves. The last layer of items is never needed, and where
 * only a batch's users are asked for, neither are the last two layers of the others: of the 2L - 1 half products each way,
 * two shrink to the batch.
 */
export class Propagation {
  readonly #adjacency: Adjacency;
  /** [U, d] sum of layers, valid after `forward`. */
  readonly output: Tensor;
  /** [U, d] where the gradient of `output` is gathered; zero after `backward`. */
  readonly gradient: Tensor;
  readonly #userLayers: readonly [Tensor, Tensor];
  readonly #itemLayers: readonly [Tensor, Tensor];
  /** [U, d] gradient of layer L - 1, zero but in the batch's rows during `backward`. */
  readonly #sparse: Tensor;
  #rows: RowList | undefined;

  constructor(
    readonly kernels: Kernels,
    graph: BipartiteGraph,
    readonly layers: number,
    width: number,
  ) {
    this.#adjacency = Adjacency.of(kernels, graph);
    const users = (): Tensor => kernels.tensor(graph.userItem.rows, width);
    const items = (): Tensor => kernels.tensor(graph.itemUser.rows, width);
    this.output = users();
    this.gradient = users();
    this.#sparse = users();
    this.#userLayers = [users(), users()];
    this.#itemLayers = [items(), items()];
  }

  /** From layer 0: users [U, d] and the trained items [R, d]; with `rows`, outputs of these users only. */
  forward(users: Tensor, items: Tensor, rows?: RowList): void {
    this.#rows = rows;
    const { output, layers } = this;
    const { run } = this.kernels;
    const adjacency = this.#adjacency;
    if (rows) run.copyRows(users.address, output.address, rows.address, rows.count, output.cols);
    else output.data.set(users.data);
    let userLayer = users;
    let itemLayer = items;
    for (let l = 0; l < layers; l++) {
      const nextUsers = this.#userLayers[l % 2]!;
      const nextItems = this.#itemLayers[l % 2]!;
      const some = l + 2 >= layers ? rows : undefined;
      adjacency.product("users", { same: userLayer, other: itemLayer }, nextUsers, false, some);
      if (l + 1 < layers) adjacency.product("items", { same: itemLayer, other: userLayer }, nextItems);
      if (rows) run.addRows(nextUsers.address, output.address, rows.address, rows.count, output.cols);
      else run.addInto(nextUsers.address, output.address, output.rows * output.cols);
      userLayer = nextUsers;
      itemLayer = nextItems;
    }
  }

  /** Writes the gradient of layer 0 of the users and adds that of the items. */
  backward(dUsers: Tensor, dItems: Tensor): void {
    const { gradient, layers } = this;
    const { run } = this.kernels;
    const rows = this.#rows;
    let userLayer = gradient;
    let itemLayer: Tensor | undefined;
    for (let l = layers - 1; l >= 0; l--) {
      const nextItems = this.#itemLayers[l % 2]!;
      this.#itemsBack(userLayer, itemLayer, nextItems, l + 2 >= layers ? rows : undefined);
      userLayer = this.#usersBack(userLayer, itemLayer, l, l === 0 ? dUsers : undefined);
      itemLayer = nextItems;
    }
    if (layers === 0) dUsers.data.set(gradient.data);
    if (itemLayer) run.addInto(itemLayer.address, dItems.address, itemLayer.rows * itemLayer.cols);
    if (rows) {
      run.clearRows(gradient.address, rows.address, rows.count, gradient.cols);
      run.clearRows(this.#sparse.address, rows.address, rows.count, gradient.cols);
    } else gradient.data.fill(0);
  }

  /** The gradient of layer l of the items; where the users' has few rows, they are scattered. */
  #itemsBack(userLayer: Tensor, itemLayer: Tensor | undefined, out: Tensor, few: RowList | undefined): void {
    if (!few) {
      this.#adjacency.product("items", { same: itemLayer, other: userLayer }, out);
      return;
    }
    out.data.fill(0);
    this.#adjacency.scatterToItems(userLayer, few, out);
    if (itemLayer) this.#adjacency.product("items", { base: out, same: itemLayer }, out);
  }

  /**
   * The gradient of layer l of the users, in `target` if given. That of layer L - 1 lives in the batch's rows alone; that
   * of layer L - 2 has but one term in the other rows.
   */
  #usersBack(userLayer: Tensor, itemLayer: Tensor | undefined, l: number, target: Tensor | undefined): Tensor {
    const rows = this.#rows;
    const above = this.layers - l;
    const out = target ?? (rows && above === 1 ? this.#sparse : this.#userLayers[l % 2]!);
    const terms = { base: this.gradient, same: userLayer, other: itemLayer };
    if (rows && above === 2) this.#adjacency.product("users", { other: itemLayer }, out);
    this.#adjacency.product("users", terms, out, false, above <= 2 ? rows : undefined);
    return out;
  }
}
