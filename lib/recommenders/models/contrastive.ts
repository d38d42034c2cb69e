import { BprLoss } from "../losses/bprLoss";
import { batchPenalty } from "../losses/batchPenalty";
import type { Augment, Recipe, RecommenderDefinition } from "../definition";
import { dotModel } from "../dotModel";
import { GraphEncoder, type GraphForm, type Views, type ViewContext } from "./graphEncoders";
import type { ContrastForm } from "../losses/infoNce";
import { gatedIfAsked, type GraphOptions, propagatedForm } from "./lightGcn";
import { recommender } from "../recommender";
import { sidesOf } from "../fusion/sides";
import { xavierStart } from "../fusion/starts";

/** A contrastive recommender's recipe: its graph, its InfoNCE and its views. */
export interface ContrastiveForm {
  readonly graph: GraphForm;
  readonly views: (context: ViewContext) => Views;
}

/** Temperatures and weights of the two contrastive recommenders. */
export const contrastForms: Readonly<Record<"SGL" | "SimGCL", Readonly<Record<Recipe, ContrastForm>>>> = {
  SGL: {
    reclm: { temperature: 0.1, weight: 0.01, among: "all" },
    canonical: { temperature: 0.2, weight: 0.1, among: "all" },
  },
  SimGCL: {
    reclm: { temperature: 0.1, weight: 0.01, among: "all" },
    canonical: { temperature: 0.2, weight: 0.5, among: "batch" },
  },
};

/**
 * LightGCN with InfoNCE between two views: BPR + lambda (InfoNCE of users + InfoNCE of the batch's positives) + L2, where
 * L2 is of all parameters (`reclm`) or of layer 0 of what a batch names (`canonical`).
 */
export function contrastive(
  name: keyof typeof contrastForms,
  augment: Augment,
  options: GraphOptions,
  forms: Readonly<Record<Recipe, ContrastiveForm>>,
): RecommenderDefinition {
  const recipeOf = (recipe: Recipe): Omit<RecommenderDefinition, "name" | "recipe"> => {
    const canonical = recipe === "canonical";
    return {
      regularisation: canonical ? 1e-4 : 1e-5,
      penalisesBatch: canonical,
      build(context) {
        const { graph, views } = forms[recipe];
        const standard = contrastForms[name][recipe];
        const form = { ...standard, weight: options.contrastWeight ?? standard.weight };
        const items = options.items ?? "text";
        const sides = sidesOf(
          context,
          augment,
          canonical ? { draw: xavierStart(context), items, unitItems: false } : propagatedForm(context, options),
        );
        const encoder = new GraphEncoder(context, sides, graph, { form, views });
        return dotModel(context, {
          sides,
          encoder: gatedIfAsked(context, augment, options, encoder, graph.layers),
          loss: new BprLoss(context, sides.rowOfItem, canonical),
          ...(canonical ? { penalty: batchPenalty(context, sides.rowOfItem) } : {}),
        });
      },
    };
  };
  return recommender(name, options, { reclm: recipeOf("reclm"), canonical: recipeOf("canonical") });
}
