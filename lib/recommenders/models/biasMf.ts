// Departures of `reclm` from HKUDS/RecLM:
// - the user bias, which cancels in BPR and in ranking, is trained (by its penalty) but not scored;
// - modules that Base does not use are not made: theirs would feel the penalty only;
// - dropout, 0 in the authors' runs, is left out;
// - log sigmoid is computed without overflow.
// From the paper: no item bias, as in the authors' code.
// Departures of `canonical` from Koren et al. (2009): a pair is a rating of 1, and each has a drawn negative as a rating of 0,
// since data of pairs alone have no other; Adam instead of SGD; by default items' vectors are made of their texts.
import { BprLoss } from "../losses/bprLoss";
import { batchPenalty } from "../losses/batchPenalty";
import { type Augment, type RecommenderDefinition, unaugmented } from "../definition";
import { dotModel, plainEncoder } from "../dotModel";
import { recommender, type RecommenderOptions } from "../recommender";
import { sidesOf } from "../fusion/sides";
import { SquaredLoss } from "../losses/squaredLoss";
import { normalStart, unitStart } from "../fusion/starts";
import { uniform } from "../parameters";

/**
 * BiasMF. `reclm`: s(u, i) = <x_u, z_i> + b_u, items being their projected texts; BPR; user vectors and biases start uniform
 * on [0, 1). `canonical`: s(u, i) = 1/2 + b_u + b_i + <p_u, q_i>, squared error, L2 on what a batch names.
 *
 * @example trainRecommender(biasMf({ user: true, item: true }), view, features, options)
 */
export function biasMf(augment: Augment = unaugmented, options: RecommenderOptions = {}): RecommenderDefinition {
  return recommender("BiasMF", options, {
    reclm: {
      regularisation: 1e-7,
      build(context) {
        const { set, parameters, prng } = context;
        const { fusion = "reclm" } = options;
        const form = { draw: unitStart(context), items: "text", unitItems: true, fusion } as const;
        const sides = sidesOf(context, augment, form);
        parameters.create("userBias", Math.ceil(set.userCount / 4) * 4, 1, uniform(prng("userBias"), 0, 1));
        return dotModel(context, {
          sides,
          encoder: plainEncoder(sides),
          loss: new BprLoss(context, sides.rowOfItem),
        });
      },
    },
    canonical: {
      regularisation: 0.04,
      penalisesBatch: true,
      build(context) {
        const { items = "text" } = options;
        const sides = sidesOf(context, augment, { draw: normalStart(0.1)(context), items, unitItems: false });
        return dotModel(context, {
          sides,
          encoder: plainEncoder(sides),
          loss: new SquaredLoss(context, sides.rowOfItem),
          penalty: batchPenalty(context, sides.rowOfItem),
        });
      },
    },
  });
}
