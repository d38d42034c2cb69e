import type { Batch, BuildContext } from "../definition";
import type { Tensor } from "../kernels";
import { applyLinear, type Linear, linearInputBackward, linearWeightBackward } from "../layers/linear";
import type { Parameter } from "../parameters";
import { RowList } from "../graph/rowList";
import type { Sides } from "../side";
import { SplitLinear } from "../layers/splitLinear";

/** The trained layers over the two pairs of vectors. */
export interface Tower {
  /** [2d, d], [d, d/2], [d/2, d/4] */
  readonly layers: readonly [Linear, Linear, Linear];
  /** [d/2, 1] weights of the product and of the tower's output, and one bias in four numbers. */
  readonly output: Parameter;
  readonly bias: Parameter;
}

type Layers = readonly [Tensor, Tensor, Tensor];

/** Mean cross-entropy of a batch's pairs (1) and their negatives (0). */
export class NeuMfCrossEntropy {
  readonly #split: SplitLinear;
  readonly #users: RowList;
  /** [N] the triple and the item's row of each instance. */
  readonly #triples: RowList;
  readonly #rows: RowList;
  /** [N, d], [N, d/2], [N, d/4]: the tower's layers and their gradients. */
  readonly #hidden: Layers;
  readonly #dHidden: Layers;
  readonly #scratch: Tensor;

  /** For batches with `each` negatives a pair. */
  constructor(
    readonly context: BuildContext,
    readonly tower: Tower,
    readonly rowOfItem: Int32Array,
    each: number,
  ) {
    const { kernels, batch, width: d } = context;
    const instances = (1 + each) * batch;
    this.#split = new SplitLinear(context, tower.layers[0]);
    this.#users = new RowList(kernels, batch);
    [this.#triples, this.#rows] = [new RowList(kernels, instances), new RowList(kernels, instances)];
    const layers = (): Layers => [
      kernels.tensor(instances, d),
      kernels.tensor(instances, d / 2),
      kernels.tensor(instances, d / 4),
    ];
    [this.#hidden, this.#dHidden] = [layers(), layers()];
    this.#scratch = kernels.tensor(instances, d);
  }

  /** The loss; adds the gradients of the vectors and of the layers. */
  run({ users, positives, negatives }: Batch, product: Sides, { user, item }: Sides): number {
    const each = negatives.length / users.length;
    const triples = new Int32Array(users.length * (1 + each));
    const items = new Int32Array(triples.length);
    for (let n = 0; n < triples.length; n++) {
      const drawn = n - users.length;
      triples[n] = drawn < 0 ? n : Math.floor(drawn / each);
      items[n] = this.rowOfItem[drawn < 0 ? positives[n]! : negatives[drawn]!]!;
    }
    this.#triples.set(triples);
    this.#rows.set(items);
    this.#users.set(users);
    const { address } = this.#users;
    this.#split.forward(address, users.length, user.output, item.output);
    this.#forward(triples.length);
    const loss = this.#output(users, triples, items, product);
    this.#backward(triples.length);
    this.#split.backward(address, users.length, item.output, user.gradient, item.gradient);
    return loss;
  }

  #forward(instances: number): void {
    const { kernels } = this.context;
    const { run } = kernels;
    const { ofUsers, ofItems } = this.#split;
    const [h1, h2, h3] = this.#hidden;
    const d = h1.cols;
    run.gatherRows(ofUsers.address, this.#triples.address, h1.address, instances, d);
    run.gatherRows(ofItems.address, this.#rows.address, this.#scratch.address, instances, d);
    run.addInto(this.#scratch.address, h1.address, instances * d);
    // Its own positive part.
    run.rectifyBackward(h1.address, h1.address, instances * d);
    applyLinear(kernels, this.tower.layers[1], h1, h2, instances, true);
    applyLinear(kernels, this.tower.layers[2], h2, h3, instances, true);
  }

  /** Logits, loss, and the gradients of the output layer's inputs and weights. */
  #output(users: Int32Array, triples: Int32Array, items: Int32Array, { user, item }: Sides): number {
    const { output, bias } = this.tower;
    const [h, dH, dBias, shift] = [output.value.data, output.gradient.data, bias.gradient.data, bias.value.data[0]!];
    const [u, z, dU, dZ] = [user.output.data, item.output.data, user.gradient.data, item.gradient.data] as const;
    const [top, dTop] = [this.#hidden[2].data, this.#dHidden[2].data] as const;
    const d = item.output.cols;
    let loss = 0;
    for (let n = 0; n < triples.length; n++) {
      const [a, b, t] = [users[triples[n]!]! * d, items[n]! * d, n * d] as const;
      let x = shift;
      for (let c = 0; c < d; c++) x += h[c]! * u[a + c]! * z[b + c]! + h[d + c]! * top[t + c]!;
      const label = n < users.length ? 1 : 0;
      loss += Math.max(x, 0) - x * label + Math.log1p(Math.exp(-Math.abs(x)));
      const slope = (1 / (1 + Math.exp(-x)) - label) / triples.length;
      for (let c = 0; c < d; c++) {
        dH[c]! += slope * u[a + c]! * z[b + c]!;
        dH[d + c]! += slope * top[t + c]!;
        dU[a + c]! += slope * h[c]! * z[b + c]!;
        dZ[b + c]! += slope * h[c]! * u[a + c]!;
        dTop[t + c] = slope * h[d + c]!;
      }
      dBias[0]! += slope;
    }
    return loss / triples.length;
  }

  #backward(instances: number): void {
    const { kernels } = this.context;
    const { run } = kernels;
    for (const l of [2, 1, 0] as const) {
      const [h, dH] = [this.#hidden[l], this.#dHidden[l]];
      run.rectifyBackward(h.address, dH.address, instances * h.cols);
      if (l === 0) break;
      const layer = this.tower.layers[l];
      linearWeightBackward(kernels, layer, this.#hidden[l - 1]!, dH, instances);
      linearInputBackward(kernels, layer, dH, this.#dHidden[l - 1]!, instances);
    }
    const { dOfUsers, dOfItems } = this.#split;
    const d1 = this.#dHidden[0];
    dOfUsers.data.fill(0);
    run.scatterRows(d1.address, this.#triples.address, dOfUsers.address, instances, d1.cols, 1);
    run.scatterRows(d1.address, this.#rows.address, dOfItems.address, instances, d1.cols, 1);
  }
}
