// Departures of `reclm` from HKUDS/RecLM:
// - modules that Base does not use are not made: theirs would feel the penalty only;
// - dropout, 0 in the authors' runs, is left out;
// - log sigmoid is computed without overflow.
// From He et al. (2020), as in the authors' code: self-loops, the sum of layers, items scored by their own vectors.
// Departure of `canonical` from He et al.: by default items' layer 0 is made of their texts.
import { BprLoss } from "../losses/bprLoss";
import { batchPenalty } from "../losses/batchPenalty";
import { type Augment, type BuildContext, type RecommenderDefinition, unaugmented } from "../definition";
import { dotModel, type Encoder } from "../dotModel";
import { canonicalGraph, GraphEncoder, userGraphEncoder } from "./graphEncoders";
import { recommender, type RecommenderOptions } from "../recommender";
import { gatedUsers } from "../fusion/gate";
import { type SideForm, sidesOf, userProfilesOf } from "../fusion/sides";
import { normalStart, xavierStart } from "../fusion/starts";

/** What a graph recommender can be told besides. */
export interface GraphOptions extends RecommenderOptions {
  /** L; 2 in `reclm` and 3 in `canonical` unless given. */
  readonly layers?: number;
  /** Lambda, the weight of SGL's and SimGCL's contrast; the recipe's unless given (their authors tune it for each data set). */
  readonly contrastWeight?: number;
}

/**
 * LightGCN. `reclm`: s(u, i) = <h_u, z_i>, h_u the sum of layers 0..L over the graph with self-loops, z_i the item's own
 * vector, not propagated, so that warm and cold items are scored alike; BPR; user vectors start by Xavier. `canonical`: no
 * self-loops, users and items as means of layers 0..L, L2 on the layer 0 of what a batch names; normal start of 0.1.
 *
 * @example trainRecommender(lightGcn(), view, features, options)
 */
export function lightGcn(augment: Augment = unaugmented, options: GraphOptions = {}): RecommenderDefinition {
  return recommender("LightGCN", options, {
    reclm: {
      regularisation: 1e-7,
      build(context) {
        const { layers = 2 } = options;
        const sides = sidesOf(context, augment, propagatedForm(context, options));
        const graph = userGraphEncoder(context, sides, layers);
        const encoder = gatedIfAsked(context, augment, options, graph, layers);
        return dotModel(context, { sides, encoder, loss: new BprLoss(context, sides.rowOfItem) });
      },
    },
    canonical: {
      regularisation: 1e-4,
      penalisesBatch: true,
      build(context) {
        const { layers = 3, items = "text" } = options;
        const sides = sidesOf(context, augment, { draw: normalStart(0.1)(context), items, unitItems: false });
        return dotModel(context, {
          sides,
          encoder: new GraphEncoder(context, sides, { ...canonicalGraph, layers }),
          loss: new BprLoss(context, sides.rowOfItem, true),
          penalty: batchPenalty(context, sides.rowOfItem),
        });
      },
    },
  });
}

/** The sides of the authors' graph models. */
export function propagatedForm(context: BuildContext, { fusion = "reclm" }: RecommenderOptions): SideForm {
  return { draw: xavierStart(context), items: "text", unitItems: true, fusion, propagated: true };
}

/** Propagated users, gated with their profiles where the options ask for it. */
export function gatedIfAsked(
  context: BuildContext,
  augment: Augment,
  { fusion = "reclm" }: RecommenderOptions,
  encoder: Encoder,
  layers: number,
): Encoder {
  if (fusion !== "gated" || !augment.user) return encoder;
  return gatedUsers(context, encoder, userProfilesOf(context), layers);
}
