import { jsonCodec, type Json } from "../../core";
import { dialogueExamples, writePlanProfiles, type PlanProfiles } from "../../profiles";
import { distillationPrompt, type CountTokens, type PromptSource } from "../../prompts";
import { answerInputs, openAsker } from "./asking";
import { distillationStage } from "./distillationStage";
import type { Experiment } from "../experiment";
import { instructionStage, promptSourceOf, showingOf, type Instructions } from "../instructions/instructionStage";
import { defineStage, type Stage } from "../stage";
import { teachersOf } from "../instructions/teachers";
import { openTokenCounter } from "../instructions/tokenCounter";
import type { TuningData } from "../instructions/tuningData";
import { historyPrompts } from "../instructions/userPrompts";

/** Two-turn dialogues with their answers, to tune on; made from the plans of the instruction stage. */
export interface Dialogues extends TuningData {
  /** Who wrote the profiles of the first turns. */
  readonly profilesBy: string;
  readonly unable: readonly { readonly id: string; readonly reason: string }[];
}

/**
 * The paper has the distilled model write the first turns' profiles; the `quick` preset spares that time and lets the teacher
 * write them (`prompts.dialogueProfiles`).
 */
export const dialogueStage: Stage<Dialogues> = defineStage<Dialogues>({
  name: "dialogues",
  version: 1,
  notebook: "04-tuning",
  inputs: (experiment) => ({
    instructions: instructionStage.hash(experiment),
    by: experiment.preset.prompts.dialogueProfiles,
    ...(experiment.preset.prompts.dialogueProfiles === "distilled"
      ? { model: distillationStage.hash(experiment), ...answerInputs(experiment) }
      : {}),
  }),
  codec: jsonCodec<Dialogues & Json>(),
  compute: async (experiment, _work, control) => {
    const instructions = await instructionStage.read(experiment);
    const source = await promptSourceOf(experiment);
    const counter = await openTokenCounter(experiment);
    try {
      const { by, profileOf } = await firstTurnProfiles(experiment, source, instructions, counter.countTokens, control);
      const showing = showingOf(experiment, counter.countTokens);
      const made = dialogueExamples(source, instructions.plans.plans, profileOf, showing);
      const heldOutCount = Math.min(8, Math.floor(made.examples.length / 5));
      return {
        profilesBy: by,
        examples: made.examples.slice(heldOutCount),
        heldOut: made.examples.slice(0, heldOutCount),
        unable: made.unable,
      };
    } finally {
      await counter.dispose();
    }
  },
});

async function firstTurnProfiles(
  experiment: Experiment,
  source: PromptSource,
  instructions: Instructions,
  countTokens: CountTokens,
  control: Parameters<typeof writePlanProfiles>[4],
): Promise<{ readonly by: string; readonly profileOf: PlanProfiles["profileOf"] }> {
  if (experiment.preset.prompts.dialogueProfiles === "teacher") {
    const { user: teacher } = await teachersOf(experiment, source);
    return { by: `teacher (${teacher.name})`, profileOf: (user, history) => teacher.profileOf(user, history) };
  }
  const { adapterPath } = await distillationStage.read(experiment);
  const promptOf = historyPrompts(experiment, source, countTokens, distillationPrompt);
  const asker = await openAsker(experiment, [adapterPath], "profiles for dialogues");
  try {
    const written = await writePlanProfiles(source, instructions.plans.plans, promptOf, asker.asks[0], control);
    return { by: "GPT_KD", profileOf: written.profileOf };
  } finally {
    await asker.dispose();
  }
}
