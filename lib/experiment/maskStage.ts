import { dialogueStage } from "./dialogueStage";
import { distillationStage } from "./distillationStage";
import type { Experiment } from "./experiment";
import type { Stage } from "./stage";
import { tuningStage, type Tuned } from "./tuningStage";

/** Two-turn dialogues with the response mask (Mask), on top of the distilled model. */
export const maskStage: Stage<Tuned> = tuningStage({
  name: "mask",
  label: "two-turn dialogues",
  settings: (experiment) => experiment.preset.mask,
  upstream: (experiment) => [dialogueStage.hash(experiment), distillationStage.hash(experiment)],
  data: (experiment) => dialogueStage.read(experiment),
  before: (experiment) => [distillationStage.read(experiment)],
});

/** The paper's variants that are tuned here, in its order; untuned stands beside them. */
export const variants = ["untuned", "GPT_KD", "Mask"] as const;
export type Variant = (typeof variants)[number];

/** The adapter files that make a variant, in the order they are added up. */
export async function adapterStack(experiment: Experiment, variant: Variant): Promise<readonly string[]> {
  if (variant === "untuned") return [];
  const distilled = await distillationStage.read(experiment);
  if (variant === "GPT_KD") return [distilled.adapterPath];
  return [distilled.adapterPath, (await maskStage.read(experiment)).adapterPath];
}
