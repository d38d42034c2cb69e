import type { Scalar, Tensor1D, Tensor2D } from "@tensorflow/tfjs-node-gpu";
import { type Matrix, matrixOf } from "../core";
import { loadTf, type Tf } from "../core/tf";
import type { BuildContext, RecommenderDefinition } from "./definition";
import { dotScorer } from "./dotScorer";

/** Parameters of a model as tensors, by name. */
export type Tensors = Readonly<Record<string, Tensor2D>>;

/** User vectors [U, d] and item vectors [I, d]; scores are their inner products. */
export interface VectorTensors {
  readonly users: Tensor2D;
  readonly items: Tensor2D;
}

/**
 * A recommender written as a formula: TensorFlow derives its gradients, BPR is taken on its scores.
 *
 * `describe` makes the parameters and returns the formula. Slower than the kernels, and runs on a GPU: a first form of a
 * model of one's own, and the twin that the kernels are tested against.
 *
 * @example
 * const mf = autodiffRecommender("MF", (tf, { set, width, parameters, prng }) => {
 *   parameters.create("user", set.userCount, width, xavierUniform(prng("user"), set.userCount, width));
 *   parameters.create("item", set.itemCount, width, xavierUniform(prng("item"), set.itemCount, width));
 *   return ({ user, item }) => ({ users: user!, items: item! });
 * });
 */
export function autodiffRecommender(
  name: string,
  describe: (tf: Tf, context: BuildContext) => (parameters: Tensors) => VectorTensors,
): RecommenderDefinition {
  return {
    name,
    build(context) {
      const tf = loadTf();
      const vectorsOf = describe(tf, context);
      const { parameters } = context;
      const named = (tensors: readonly Tensor2D[]): Tensors =>
        Object.fromEntries(parameters.all.map((parameter, p) => [parameter.name, tensors[p]!]));
      const current = (): Tensor2D[] =>
        parameters.all.map(({ value }) => tf.tensor2d(value.data.slice(), [value.rows, value.cols]));
      return {
        batchLoss: ({ users, positives, negatives }) =>
          tf.tidy(() => {
            const index = (values: Int32Array): Tensor1D => tf.tensor1d(values.slice(), "int32");
            const [u, i, j] = [index(users), index(positives), index(negatives)] as const;
            const loss = (...tensors: Tensor2D[]): Scalar => {
              const vectors = vectorsOf(named(tensors));
              return bprOf(tf, vectors, u, i, j, context.batch);
            };
            const { value, grads } = tf.valueAndGrads(loss as (...tensors: unknown[]) => Scalar)(current());
            grads.forEach((gradient, p) => addTo(parameters.all[p]!.gradient.data, gradient.dataSync<"float32">()));
            return value.dataSync<"float32">()[0]!;
          }),
        freeze: () => {
          const vectors = tf.tidy(() => ({ ...vectorsOf(named(current())) }));
          const [users, items] = [takenFrom(vectors.users), takenFrom(vectors.items)] as const;
          return { users, items, scorer: dotScorer(users, items) };
        },
      };
    },
  };
}

function bprOf(
  tf: Tf,
  { users, items }: VectorTensors,
  u: Tensor1D,
  i: Tensor1D,
  j: Tensor1D,
  nominal: number,
): Scalar {
  const between = items.gather<Tensor2D>(i).sub(items.gather(j));
  const margins = users.gather<Tensor2D>(u).mul(between).sum(1);
  return tf.softplus(margins.neg()).sum().div(nominal);
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
