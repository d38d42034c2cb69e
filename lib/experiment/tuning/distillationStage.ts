import { instructionStage } from "../instructions/instructionStage";
import type { Stage } from "../stage";
import { tuningStage, type Tuned } from "./tuningStage";

/** Knowledge distillation (GPT_KD): the teacher's profiles, users' and items', loss on the answers only. */
export const distillationStage: Stage<Tuned> = tuningStage({
  name: "gpt-kd",
  label: "knowledge distillation",
  notebook: "04-tuning",
  settings: (experiment) => experiment.preset.knowledgeDistillation,
  upstream: (experiment) => [instructionStage.hash(experiment)],
  data: async (experiment) => (await instructionStage.read(experiment)).distillation,
  before: () => [],
});
