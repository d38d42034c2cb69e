import { gatherRows } from "../../core";
import { BatchIndices } from "../losses/batchIndices";
import type { Augment, Batch, BuildContext, RecommenderModel } from "../definition";
import { matrixFrom, type Tensor } from "../kernels";
import { type Linear, linearOf } from "../layers/linear";
import { type Parameter, xavierUniform } from "../parameters";
import type { Fusion } from "../recommender";
import { scorerOf } from "../scoring/scoring";
import { sidesOf } from "../fusion/sides";
import { SplitLinear } from "../layers/splitLinear";
import { xavierStart } from "../fusion/starts";

/** The authors' NeuMF: the layer over [u ; z] is applied to users and items apart and added, so nothing is concatenated. */
export function neuMfReclm(context: BuildContext, augment: Augment, fusion: Fusion = "reclm"): RecommenderModel {
  const { set } = context;
  const sides = sidesOf(context, augment, { draw: xavierStart(context), items: "text", unitItems: true, fusion });
  const { user, item, rowOfItem } = sides;
  const { product, joint } = jointOf(context);
  const loss = new NeuMfBpr(context, rowOfItem, product, joint);
  const warm = set.warmItems.length;
  return {
    batchLoss(batch) {
      user.forward(set.userCount);
      item.forward(warm);
      const value = loss.run(batch, user.output, item.output, user.gradient, item.gradient);
      user.backward(set.userCount);
      item.backward(warm);
      return value;
    },
    freeze() {
      user.forward(set.userCount);
      item.forward(set.itemCount);
      const vectors = { users: matrixFrom(user.output), items: gatherRows(matrixFrom(item.output), rowOfItem) };
      const layers = Object.fromEntries(
        [product, joint.weight, joint.bias].map(({ name, value }) => [name, matrixFrom(value)]),
      );
      const scorer = scorerOf("ncf-reclm", vectors, layers);
      return { ...vectors, scoring: "ncf-reclm", scorer, ...(sides.itemForm ? { itemForm: sides.itemForm } : {}) };
    },
  };
}

/** The trained layers: w [1, d], and W [2d, d] with its bias. */
export function jointOf(context: BuildContext): { readonly product: Parameter; readonly joint: Linear } {
  const { parameters, prng, width } = context;
  const product = parameters.create("product", 1, width, xavierUniform(prng("product"), 1, width));
  return { product, joint: linearOf(context, "joint", 2 * width, width) };
}

/** BPR of the authors' NeuMF scores. */
class NeuMfBpr {
  readonly #indices: BatchIndices;
  readonly #split: SplitLinear;

  constructor(
    readonly context: BuildContext,
    rowOfItem: Int32Array,
    readonly product: Parameter,
    joint: Linear,
  ) {
    this.#indices = new BatchIndices(context, rowOfItem);
    this.#split = new SplitLinear(context, joint);
  }

  /** The loss; adds the gradients of U, Z and of the layers. */
  run(batch: Batch, u: Tensor, z: Tensor, dU: Tensor, dZ: Tensor): number {
    const split = this.#split;
    const count = this.#indices.write(batch);
    const { users, positives, negatives, rowOfItem, nominal } = this.#indices;
    split.forward(users, count, u, z);
    const triples = [users, positives, negatives, rowOfItem, count] as const;
    const inputs = [u.address, z.address, this.product.value.address] as const;
    const parts = [split.ofUsers.address, split.ofItems.address] as const;
    const gradients = [dU.address, dZ.address, this.product.gradient.address] as const;
    const dParts = [split.dOfUsers.address, split.dOfItems.address] as const;
    const { run } = this.context.kernels;
    const loss = run.neuMfBpr(...triples, ...inputs, ...parts, ...gradients, ...dParts, u.cols, nominal);
    split.backward(users, count, z, dU, dZ);
    return loss;
  }
}
