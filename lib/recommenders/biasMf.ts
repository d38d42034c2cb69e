// Departures from HKUDS/RecLM:
// - the user bias, which cancels in BPR and in ranking, is trained (by its penalty) but not scored;
// - modules that Base does not use are not made: theirs would feel the penalty only;
// - dropout, 0 in the authors' runs, is left out;
// - log sigmoid is computed without overflow.
// From the paper: no item bias, as in the authors' code.
import { type Augment, type RecommenderDefinition, unaugmented } from "./definition";
import { BprLoss } from "./bprLoss";
import { frozenVectors } from "./dotScorer";
import { uniform } from "./parameters";
import { sidesOf } from "./sides";

/**
 * BiasMF as the authors' code: s(u, i) = <x_u, z_i> + b_u, items being their projected texts; BPR; user vectors and
 * biases start uniform on [0, 1).
 *
 * @example trainRecommender(biasMf({ user: true, item: true }), view, features, options)
 */
export function biasMf(augment: Augment = unaugmented): RecommenderDefinition {
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
