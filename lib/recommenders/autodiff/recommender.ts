import type { Tf } from "../../core/tf";
import type { BuildContext, RecommenderDefinition } from "../definition";
import { frozenVectors } from "../dotModel";
import { bprOf } from "./losses";
import { autodiffModel, type Hold, type Tensors, type VectorTensors } from "./model";

/**
 * A recommender written as a formula: TensorFlow derives its gradients, BPR is taken on its scores.
 *
 * `describe` makes the parameters and returns the formula; a tensor that the formula reads is freed with the training if `hold` is
 * given it. Slower than the kernels, and runs on a GPU: a first form of a
 * model of one's own.
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
  describe: (tf: Tf, context: BuildContext, hold: Hold) => (parameters: Tensors) => VectorTensors,
): RecommenderDefinition {
  return {
    name,
    build: (context) =>
      autodiffModel(context, (tf, hold) => {
        const vectors = describe(tf, context, hold);
        return {
          vectors,
          loss: (p, batch) => bprOf(tf, vectors(p), batch, context.batch),
          freeze: (users, items) => frozenVectors({ users, items }),
        };
      }),
  };
}
