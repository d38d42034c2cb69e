// Departures from HKUDS/RecLM:
// - modules that Base does not use are not made: theirs would feel the penalty only;
// - dropout, 0 in the authors' runs, is left out;
// - log sigmoid is computed without overflow.
// From He et al. (2020), as in the authors' code: self-loops, the sum of layers, items scored by their own vectors.
import { type Augment, type RecommenderDefinition, unaugmented } from "./definition";
import { BprLoss } from "./bprLoss";
import { frozenVectors } from "./dotScorer";
import { bipartiteGraph } from "./graph";
import { xavierUniform } from "./parameters";
import { Propagation } from "./propagation";
import { sidesOf } from "./sides";

/**
 * LightGCN as the authors' code: s(u, i) = <h_u, z_i>, h_u the sum of layers 0..L over the graph with self-loops, z_i the
 * item's own vector, not propagated, so that warm and cold items are scored alike; BPR; user vectors start by Xavier.
 *
 * @example trainRecommender(lightGcn(), view, features, options)
 */
export function lightGcn(augment: Augment = unaugmented, layers = 2): RecommenderDefinition {
  return {
    name: "LightGCN",
    build(context) {
      const { set, kernels, width, prng } = context;
      const { user, item, rowOfItem } = sidesOf(context, augment, xavierUniform(prng("user"), set.userCount, width));
      const warm = set.warmItems.length;
      const propagation = new Propagation(kernels, bipartiteGraph(set.train, rowOfItem, warm), layers, width);
      const bpr = new BprLoss(context, rowOfItem);
      return {
        batchLoss(batch) {
          user.forward(set.userCount);
          item.forward(warm);
          propagation.forward(user.output, item.output);
          const loss = bpr.run(batch, propagation.output, item.output, propagation.gradient, item.gradient);
          propagation.backward(user.gradient, item.gradient);
          user.backward(set.userCount);
          item.backward(warm);
          return loss;
        },
        freeze() {
          user.forward(set.userCount);
          item.forward(set.itemCount);
          propagation.forward(user.output, item.output);
          return frozenVectors(propagation.output, item.output, rowOfItem);
        },
      };
    },
  };
}
