import type { Scalar, Tensor1D, Tensor2D } from "@tensorflow/tfjs-node-gpu";
import type { Matrix } from "../../core";
import type { Tf } from "../../core/tf";
import type { Augment, BuildContext, Frozen, Recipe } from "../definition";
import { matrixFrom } from "../kernels";
import { jointOf } from "../models/neuMfReclm";
import { towerOf } from "../models/neuMfCanonical";
import { scorerOf } from "../scoring/scoring";
import type { ItemSource } from "../side";
import type { SideForm } from "../fusion/sides";
import { normalStart, xavierStart } from "../fusion/starts";
import type { BatchTensors, Formulas, Hold, Tensors, VectorTensors } from "./model";
import { sideFormula } from "./sides";

/** NCF as formulas: the twin of `ncf`. */
export function neuMfTwin(
  tf: Tf,
  context: BuildContext,
  augment: Augment,
  recipe: Recipe,
  hold: Hold,
  items: ItemSource = "text",
): Formulas {
  return recipe === "reclm" ? reclmTwin(tf, context, augment, hold) : canonicalTwin(tf, context, augment, hold, items);
}

function reclmTwin(tf: Tf, context: BuildContext, augment: Augment, hold: Hold): Formulas {
  const form: SideForm = { draw: xavierStart(context), items: "text", unitItems: true };
  const sides = sideFormula(tf, context, augment, form, hold);
  jointOf(context);
  return {
    vectors: sides,
    loss(p, { users, positives, negatives }) {
      const { users: x, items: z } = sides(p);
      const score = (index: Tensor1D): Tensor1D => {
        const [u, i] = [x.gather<Tensor2D>(users), z.gather<Tensor2D>(index)] as const;
        const hidden = tf.concat2d([u, i], 1).matMul(p["joint.weight"]!).add(p["joint.bias"]!).relu();
        return u.mul(i).mul(p["product"]!).add(hidden).sum(1);
      };
      return tf
        .softplus(score(negatives).sub(score(positives)))
        .sum()
        .div<Scalar>(context.batch);
    },
    freeze: (users, vectors) => frozenBy("ncf-reclm", context, users, vectors),
  };
}

function canonicalTwin(tf: Tf, context: BuildContext, augment: Augment, hold: Hold, items: ItemSource): Formulas {
  const form = (prefix: string): SideForm => ({ draw: normalStart(0.01)(context), items, unitItems: false, prefix });
  const product = sideFormula(tf, { ...context, width: context.width / 4 }, augment, form("gmf."), hold);
  const tower = sideFormula(tf, context, augment, form("mlp."), hold);
  towerOf(context);
  return {
    vectors(p) {
      const [g, m] = [product(p), tower(p)] as const;
      return { users: tf.concat2d([g.users, m.users], 1), items: tf.concat2d([g.items, m.items], 1) };
    },
    loss(p, batch) {
      const [g, m] = [product(p), tower(p)] as const;
      const each = batch.batch.negatives.length / batch.batch.users.length;
      const repeated = Int32Array.from(batch.batch.negatives, (_, n) => batch.batch.users[Math.floor(n / each)]!);
      const positive = logits(tf, p, g, m, batch.users, batch.positives);
      const negative = logits(tf, p, g, m, tf.tensor1d(repeated, "int32"), batch.negatives);
      const sum = tf.softplus(positive.neg()).sum().add<Scalar>(tf.softplus(negative).sum());
      return sum.div(batch.batch.users.length * (1 + each));
    },
    freeze: (users, vectors) => frozenBy("ncf-canonical", context, users, vectors),
  };
}

function logits(
  tf: Tf,
  p: Tensors,
  g: VectorTensors,
  m: VectorTensors,
  users: BatchTensors["users"],
  items: Tensor1D,
): Tensor1D {
  let hidden = tf.concat2d([m.users.gather<Tensor2D>(users), m.items.gather<Tensor2D>(items)], 1);
  for (const l of [0, 1, 2]) hidden = hidden.matMul(p[`tower.${l}.weight`]!).add(p[`tower.${l}.bias`]!).relu();
  const product = g.users.gather<Tensor2D>(users).mul<Tensor2D>(g.items.gather(items));
  const bias = p["output.bias"]!.slice([0, 0], [1, 1]);
  return tf.concat2d([product, hidden], 1).matMul(p["output.weight"]!).add<Tensor2D>(bias).squeeze([1]);
}

function frozenBy(scoring: "ncf-reclm" | "ncf-canonical", context: BuildContext, users: Matrix, items: Matrix): Frozen {
  const layers = Object.fromEntries(context.parameters.all.map(({ name, value }) => [name, matrixFrom(value)]));
  return { users, items, scoring, scorer: scorerOf(scoring, { users, items }, layers) };
}
