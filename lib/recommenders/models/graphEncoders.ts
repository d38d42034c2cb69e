import { type Matrix, matrixOf } from "../../core";
import { Adjacency, type Nodes, nodesOf } from "../graph/adjacency";
import type { Batch, BuildContext } from "../definition";
import type { Encoder } from "../dotModel";
import { bipartiteGraph } from "../graph/graph";
import { type ContrastForm, InfoNce } from "../losses/infoNce";
import { matrixFrom } from "../kernels";
import { clear, type LayerForm, LayerSum } from "../graph/layerSum";
import { Propagation } from "../graph/propagation";
import { RowList, tallyOf } from "../graph/rowList";
import type { Vectors } from "../scoring/scoring";
import type { Sides } from "../side";

/** How a recipe propagates. */
export interface GraphForm extends LayerForm {
  readonly selfLoops: boolean;
  /** Whether items are scored by their sums, or by their own vectors, so that warm and cold ones are scored alike. */
  readonly propagatesItems: boolean;
}

/** The authors' graph: self-loops, the plain sum of all layers, items scored by their own vectors. */
export const reclmGraph = { selfLoops: true, from: 0, mean: false, propagatesItems: false } as const;

/** LightGCN's: no self-loops, the mean of all layers, users and items propagated. */
export const canonicalGraph = { selfLoops: false, from: 0, mean: true, propagatesItems: true } as const;

/** Propagated users beside items as they are: only what a batch's users need is computed. */
export function userGraphEncoder(context: BuildContext, { user, item, rowOfItem }: Sides, layers: number): Encoder {
  const { set, kernels, width, batch } = context;
  const graph = bipartiteGraph(set.train, rowOfItem, set.warmItems.length);
  const propagation = new Propagation(kernels, graph, layers, width);
  const rows = new RowList(kernels, batch);
  return {
    users: propagation.output,
    items: item.output,
    dUsers: propagation.gradient,
    dItems: item.gradient,
    forward({ users }) {
      rows.set(tallyOf(users).values);
      propagation.forward(user.output, item.output, rows);
    },
    backward: () => propagation.backward(user.gradient, item.gradient),
    freeze() {
      propagation.forward(user.output, item.output);
      return { users: matrixFrom(propagation.output), items: matrixFrom(item.output) };
    },
  };
}

/** Two more views of the graph's sums, and what is drawn for them. */
export interface Views {
  /** Writes both views' sums, given the sides' vectors and A times them. */
  forward(zero: Nodes, first: Nodes, out: readonly [Nodes, Nodes]): void;
  /** Adds the gradients of the sides' vectors; those of the views are overwritten, then zero. */
  backward(gradients: readonly [Nodes, Nodes], into: Nodes): void;
  startEpoch?(): void;
}

/** What an encoder with views is given to make them. */
export interface ViewContext extends BuildContext {
  readonly sides: Sides;
  readonly adjacency: Adjacency;
  readonly main: LayerSum;
}

/** Users and, if the form says so, items as sums of layers; with views, InfoNCE between them for both sides. */
export class GraphEncoder implements Encoder {
  readonly #main: LayerSum;
  readonly #out: Nodes;
  readonly #gradient: Nodes;
  readonly #zero: Nodes;
  readonly #intoSides: Nodes;
  readonly #contrast: Contrast | undefined;
  readonly #form: GraphForm;
  readonly #sides: Sides;
  readonly #first: Nodes;

  constructor(
    context: BuildContext,
    sides: Sides,
    form: GraphForm,
    contrast?: { readonly form: ContrastForm; readonly views: (context: ViewContext) => Views },
  ) {
    const { set, kernels, width } = context;
    const warm = set.warmItems.length;
    const adjacency = Adjacency.of(kernels, bipartiteGraph(set.train, sides.rowOfItem, warm, form.selfLoops));
    const nodes = (): Nodes => nodesOf(kernels, set.userCount, warm, width);
    this.#form = form;
    this.#sides = sides;
    this.#main = new LayerSum(adjacency, width, form);
    [this.#out, this.#gradient, this.#first] = [nodes(), nodes(), nodes()];
    const { user, item } = sides;
    this.#zero = { users: user.output, items: kernels.rowsOf(item.output, 0, warm) };
    this.#intoSides = { users: user.gradient, items: kernels.rowsOf(item.gradient, 0, warm) };
    if (contrast) {
      const views = contrast.views({ ...context, sides, adjacency, main: this.#main });
      this.#contrast = new Contrast(context, contrast.form, views, [nodes(), nodes()], [nodes(), nodes()]);
    }
  }

  get users() {
    return this.#out.users;
  }

  get items() {
    return this.#form.propagatesItems ? this.#out.items : this.#sides.item.output;
  }

  get dUsers() {
    return this.#gradient.users;
  }

  get dItems() {
    return this.#form.propagatesItems ? this.#gradient.items : this.#sides.item.gradient;
  }

  forward(): void {
    this.#main.multiply(this.#zero, this.#first);
    this.#main.forward(this.#zero, this.#out, undefined, this.#first);
  }

  contrast(batch: Batch): number {
    return this.#contrast?.run(batch, this.#zero, this.#first, this.#sides.rowOfItem) ?? 0;
  }

  backward(): void {
    this.#contrast?.backward(this.#intoSides);
    this.#main.backward(this.#gradient, this.#intoSides);
    clear(this.#gradient);
  }

  startEpoch(): void {
    this.#contrast?.views.startEpoch?.();
  }

  freeze(): Vectors {
    this.forward();
    const items = matrixFrom(this.#sides.item.output);
    return { users: matrixFrom(this.#out.users), items: this.#form.propagatesItems ? this.#mixed(items) : items };
  }

  /**
   * An item without an edge has nothing but layer 0, of which a mean of layers keeps its share. Where layer 0 is left out,
   * it is taken in with that share all the same, or the item could not be scored.
   */
  get coldShare(): number {
    const { layers, mean, propagatesItems } = this.#form;
    return propagatesItems && mean ? 1 / (layers + 1) : 1;
  }

  /** Propagated rows of warm items above the others' own. */
  #mixed(own: Matrix): Matrix {
    const share = this.coldShare;
    const mixed = matrixOf(own.rows, own.cols, own.data.map((value) => value * share)); // prettier-ignore
    mixed.data.set(this.#out.items.data);
    return mixed;
  }
}

/** InfoNCE of users and items between two views. */
class Contrast {
  readonly #users: InfoNce;
  readonly #items: InfoNce;

  constructor(
    { kernels, batch }: BuildContext,
    form: ContrastForm,
    readonly views: Views,
    readonly sums: readonly [Nodes, Nodes],
    readonly gradients: readonly [Nodes, Nodes],
  ) {
    this.#users = new InfoNce(kernels, form, sums[1].users, batch);
    this.#items = new InfoNce(kernels, form, sums[1].items, batch);
  }

  run({ users, positives }: Batch, zero: Nodes, first: Nodes, rowOfItem: Int32Array): number {
    const [one, two] = this.sums;
    const [dOne, dTwo] = this.gradients;
    this.views.forward(zero, first, this.sums);
    const rows = positives.map((item) => rowOfItem[item]!);
    const ofUsers = this.#users.run(users, one.users, two.users, dOne.users, dTwo.users);
    return ofUsers + this.#items.run(rows, one.items, two.items, dOne.items, dTwo.items);
  }

  backward(into: Nodes): void {
    this.views.backward(this.gradients, into);
    for (const gradient of this.gradients) clear(gradient);
  }
}
