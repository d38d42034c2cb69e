import { gatherRows, type Matrix, matrixOf } from "../../core";
import type { Augment, BuildContext, RecommenderModel } from "../definition";
import { matrixFrom, type Tensor } from "../kernels";
import { linearOf } from "../layers/linear";
import { NeuMfCrossEntropy, type Tower } from "./neuMfCrossEntropy";
import { scorerOf } from "../scoring/scoring";
import type { ItemSource, Side } from "../side";
import { sidesOf } from "../fusion/sides";
import { normalStart } from "../fusion/starts";

/** Negatives of each pair. */
export const neuMfNegatives = 4;

/** NeuMF as published: two pairs of vectors, a tower, cross-entropy. */
export function neuMfCanonical(context: BuildContext, augment: Augment, items: ItemSource): RecommenderModel {
  const { set, width } = context;
  if (width % 16 !== 0) throw new RangeError(`Cannot build NeuMF of width ${width}: it must be a multiple of 16`);
  const draw = normalStart(0.01);
  const form = (prefix: string) => ({ draw: draw(context), items, unitItems: false, prefix });
  const narrow = { ...context, width: width / 4 };
  const product = sidesOf(narrow, augment, form("gmf."));
  const tower = sidesOf(context, augment, form("mlp."));
  const layers = towerOf(context);
  const loss = new NeuMfCrossEntropy(context, layers, product.rowOfItem, neuMfNegatives);
  const warm = set.warmItems.length;
  const users = [product.user, tower.user];
  const itemSides = [product.item, tower.item];
  const forward = (sides: readonly Side[], rows: number): void => sides.forEach((side) => side.forward(rows));
  const backward = (sides: readonly Side[], rows: number): void => sides.forEach((side) => side.backward(rows));
  return {
    batchLoss(batch) {
      forward(users, set.userCount);
      forward(itemSides, warm);
      const value = loss.run(batch, product, tower);
      backward(users, set.userCount);
      backward(itemSides, warm);
      return value;
    },
    freeze() {
      forward(users, set.userCount);
      forward(itemSides, set.itemCount);
      const joined = (a: Tensor, b: Tensor): Matrix => besides(matrixFrom(a), matrixFrom(b));
      const itemRows = joined(product.item.output, tower.item.output);
      const vectors = {
        users: joined(product.user.output, tower.user.output),
        items: gatherRows(itemRows, product.rowOfItem),
      };
      const trained = layers.layers.flatMap(({ weight, bias }) => [weight, bias]).concat(layers.output, layers.bias);
      const matrices = Object.fromEntries(trained.map(({ name, value }) => [name, matrixFrom(value)]));
      const scorer = scorerOf("ncf-canonical", vectors, matrices);
      const form = tower.itemForm && { itemForm: { ...tower.itemForm, prefixes: ["gmf.", "mlp."] } };
      return { ...vectors, scoring: "ncf-canonical", scorer, ...form };
    },
  };
}

/** Keras' uniform starts: Glorot's for hidden layers, LeCun's for the output. */
export function towerOf(context: BuildContext): Tower {
  const { width: d, parameters, prng } = context;
  const draw = prng("output");
  const bound = Math.sqrt(3 / (d / 2));
  return {
    layers: [
      linearOf(context, "tower.0", 2 * d, d),
      linearOf(context, "tower.1", d, d / 2),
      linearOf(context, "tower.2", d / 2, d / 4),
    ],
    output: parameters.create("output.weight", d / 2, 1, () => bound * (2 * draw() - 1)),
    bias: parameters.create("output.bias", 4, 1, () => 0),
  };
}

/** [A B] for matrices of equally many rows. */
function besides(a: Matrix, b: Matrix): Matrix {
  const both = matrixOf(a.rows, a.cols + b.cols);
  for (let r = 0; r < a.rows; r++) {
    both.data.set(a.data.subarray(r * a.cols, (r + 1) * a.cols), r * both.cols);
    both.data.set(b.data.subarray(r * b.cols, (r + 1) * b.cols), r * both.cols + a.cols);
  }
  return both;
}
