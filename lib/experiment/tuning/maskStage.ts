import { dialogueStage } from "./dialogueStage";
import { distillationStage } from "./distillationStage";
import type { Stage } from "../stage";
import { tuningStage, type Tuned } from "./tuningStage";

/** Two-turn dialogues with the response mask (Mask), on top of the distilled model. */
export const maskStage: Stage<Tuned> = tuningStage({
  name: "mask",
  label: "two-turn dialogues",
  notebook: "04-tuning",
  settings: (experiment) => experiment.preset.mask,
  upstream: (experiment) => [dialogueStage.hash(experiment), distillationStage.hash(experiment)],
  data: (experiment) => dialogueStage.read(experiment),
  before: (experiment) => [distillationStage.read(experiment)],
});
