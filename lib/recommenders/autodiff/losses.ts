import type { Scalar, Tensor1D, Tensor2D } from "@tensorflow/tfjs-node-gpu";
import type { Tf } from "../../core/tf";
import type { ContrastForm } from "../losses/infoNce";
import { tallyOf } from "../graph/rowList";
import type { BatchTensors, Tensors, VectorTensors } from "./model";

/** (1/divisor) sum softplus(<u, j> - <u, i>). */
export function bprOf(
  tf: Tf,
  { users, items }: VectorTensors,
  { users: u, positives, negatives }: BatchTensors,
  divisor: number,
): Scalar {
  const between = items.gather<Tensor2D>(positives).sub(items.gather(negatives));
  const margins = users.gather<Tensor2D>(u).mul(between).sum(1);
  return tf.softplus(margins.neg()).sum().div(divisor);
}

/** Koren's squared error with biases, and the penalty of the biases that the batch names. */
export function squaredOf(
  tf: Tf,
  { users, items }: VectorTensors,
  batch: BatchTensors,
  p: Tensors,
  reg: number,
): Scalar {
  const { users: u, positives, negatives } = batch;
  const biasOf = (name: string, rows: Tensor1D): Tensor1D => p[name]!.gather<Tensor2D>(rows).squeeze([1]);
  const own = biasOf("userBias", u);
  let loss = own
    .square()
    .sum()
    .mul<Scalar>(reg / 2);
  for (const [index, rating] of [
    [positives, 1],
    [negatives, 0],
  ] as const) {
    const bias = biasOf("itemBias", index);
    const dots = users.gather<Tensor2D>(u).mul(items.gather(index)).sum<Tensor1D>(1);
    const error = dots
      .add(own)
      .add(bias)
      .add(0.5 - rating);
    loss = loss.add(error.square().sum()).add(
      bias
        .square()
        .sum()
        .mul(reg / 2),
    );
  }
  return tf.div<Scalar>(loss, batch.batch.users.length);
}

/** (reg / 2B) times the squares of the sides' vectors that the batch names. */
export function batchPenaltyOf({ users, items }: VectorTensors, batch: BatchTensors, reg: number): Scalar {
  const squares = (vectors: Tensor2D, rows: Tensor1D): Scalar => vectors.gather(rows).square().sum();
  const items2 = squares(items, batch.positives).add<Scalar>(squares(items, batch.negatives));
  return squares(users, batch.users)
    .add(items2)
    .mul(reg / 2 / batch.batch.users.length);
}

/** Rows over their Euclidean lengths; the bound stands under the root, whose slope at 0 is infinite. */
export function unitRows(x: Tensor2D): Tensor2D {
  return x.div(x.square().sum(1, true).maximum(1e-24).sqrt());
}

/** InfoNCE of the nodes (rows of both views), not weighed. */
export function infoNceOf(tf: Tf, form: ContrastForm, one: Tensor2D, two: Tensor2D, nodes: Int32Array): Scalar {
  const rows = tf.tensor1d(form.among === "batch" ? tallyOf(nodes).values : nodes.slice(), "int32");
  const anchors = unitRows(one).gather<Tensor2D>(rows);
  const own = unitRows(two).gather<Tensor2D>(rows);
  const candidates = form.among === "batch" ? own : unitRows(two);
  const logits = tf.matMul<Tensor2D>(anchors, candidates, false, true).div<Tensor2D>(form.temperature);
  return tf.logSumExp(logits, 1).sub(anchors.mul(own).sum(1).div(form.temperature)).mean();
}
