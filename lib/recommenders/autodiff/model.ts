import type { Scalar, Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs-node-gpu";
import { type Matrix, matrixOf } from "../../core";
import { loadTf, type Tf } from "../../core/tf";
import type { Batch, BuildContext, Frozen, RecommenderModel } from "../definition";

/** Parameters of a model as tensors, by name. */
export type Tensors = Readonly<Record<string, Tensor2D>>;

/** User vectors [U, d] and item vectors [I, d]. */
export interface VectorTensors {
  readonly users: Tensor2D;
  readonly items: Tensor2D;
}

/** A batch's indices as tensors. */
export interface BatchTensors {
  /** [B] */
  readonly users: Tensor1D;
  readonly positives: Tensor1D;
  /** [B * n] */
  readonly negatives: Tensor1D;
  /** The same as arrays. */
  readonly batch: Batch;
}

/** A model written as formulas of its parameters. */
export interface Formulas {
  /** The batch's loss, a scalar. */
  loss(parameters: Tensors, batch: BatchTensors): Scalar;
  vectors(parameters: Tensors): VectorTensors;
  freeze(users: Matrix, items: Matrix): Frozen;
  startEpoch?(): void;
}

/** Keeps a tensor that a formula reads until the training ends; returns it. */
export type Hold = <T extends Tensor>(tensor: T) => T;

/** A recommender whose gradients TensorFlow derives from its formulas. */
export function autodiffModel(
  { parameters }: BuildContext,
  formulasOf: (tf: Tf, hold: Hold) => Formulas,
): RecommenderModel {
  const tf = loadTf();
  const held: Tensor[] = [];
  const formulas = formulasOf(tf, (tensor) => {
    held.push(tensor);
    return tf.keep(tensor);
  });
  const named = (tensors: readonly Tensor2D[]): Tensors =>
    Object.fromEntries(parameters.all.map((parameter, p) => [parameter.name, tensors[p]!]));
  const current = (): Tensor2D[] =>
    parameters.all.map(({ value }) => tf.tensor2d(value.data.slice(), [value.rows, value.cols]));
  return {
    batchLoss: (batch) =>
      tf.tidy(() => {
        const tensors = batchTensors(tf, batch);
        const loss = (...values: Tensor2D[]): Scalar => formulas.loss(named(values), tensors);
        const { value, grads } = tf.valueAndGrads(loss as (...tensors: unknown[]) => Scalar)(current());
        grads.forEach((gradient, p) => addTo(parameters.all[p]!.gradient.data, gradient.dataSync<"float32">()));
        return value.dataSync<"float32">()[0]!;
      }),
    startEpoch: () => formulas.startEpoch?.(),
    freeze: () => {
      const { users, items } = tf.tidy(() => ({ ...formulas.vectors(named(current())) }));
      return formulas.freeze(takenFrom(users), takenFrom(items));
    },
    dispose: () => tf.dispose(held),
  };
}

function batchTensors(tf: Tf, batch: Batch): BatchTensors {
  const index = (values: Int32Array): Tensor1D => tf.tensor1d(values.slice(), "int32");
  const { users, positives, negatives } = batch;
  return { users: index(users), positives: index(positives), negatives: index(negatives), batch };
}

function addTo(sums: Float32Array, values: Float32Array): void {
  for (let n = 0; n < sums.length; n++) sums[n]! += values[n]!;
}

/** The tensor's numbers; the tensor is disposed. */
function takenFrom(tensor: Tensor2D): Matrix {
  const [rows, cols] = tensor.shape;
  const data = Float32Array.from(tensor.dataSync<"float32">());
  tensor.dispose();
  return matrixOf(rows, cols, data);
}
