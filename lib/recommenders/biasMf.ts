import type { Augment, RecommenderDefinition } from "./definition";
import { BprLoss } from "./bprLoss";
import { frozenVectors } from "./dotScorer";
import { uniform } from "./parameters";
import { sidesOf } from "./sides";

/** Base: neither side is fused with profiles. */
export const base: Augment = { user: false, item: false };

/**
 * BiasMF as the authors' code: s(u, i) = <x_u, z_i> + b_u, items being their projected texts; BPR; user vectors and
 * biases start uniform on [0, 1).
 *
 * Departures: a user bias alone cancels in BPR and in ranking, so it is trained (by its penalty) but not scored; modules
 * that Base does not use are not made; dropout (0 in the authors' runs) is left out.
 *
 * @example trainRecommender(biasMf({ user: true, item: true }), view, features, options)
 */
export function biasMf(augment: Augment = base): RecommenderDefinition {
  return {
    name: "BiasMF",
    build(context) {
      const { set, parameters, prng } = context;
      const { user, item, rowOfItem } = sidesOf(context, augment, uniform(prng("user"), 0, 1));
      parameters.create("userBias", Math.ceil(set.userCount / 4) * 4, 1, uniform(prng("userBias"), 0, 1));
      const bpr = new BprLoss(context, rowOfItem);
      const warm = set.warmItems.length;
      return {
        batchLoss(batch) {
          user.forward(set.userCount);
          item.forward(warm);
          const loss = bpr.run(batch, user.output, item.output, user.gradient, item.gradient);
          user.backward(set.userCount);
          item.backward(warm);
          return loss;
        },
        freeze() {
          user.forward(set.userCount);
          item.forward(set.itemCount);
          return frozenVectors(user.output, item.output, rowOfItem);
        },
      };
    },
  };
}
