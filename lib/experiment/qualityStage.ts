import { jsonCodec, type JobControl, type Json } from "../core";
import type { Profile } from "../data";
import {
  groundingOf,
  shareOf,
  titleCheck,
  writeUserProfiles,
  type Asks,
  type Grounding,
  type Share,
  type TitleCheck,
  type WrittenAnswer,
} from "../profiles";
import { distillationPrompt } from "../prompts";
import { answerInputs, openAsker } from "./asking";
import type { Experiment } from "./experiment";
import { groundingSource } from "./groundingCases";
import { instructionStage, promptSourceOf } from "./instructionStage";
import { maskStage } from "./maskStage";
import { neighbourStage } from "./neighbourStage";
import { profileWords, type ProfileWords } from "./profileWords";
import { defineStage, type Stage } from "./stage";
import { openTokenCounter } from "./tokenCounter";
import { userPrompts } from "./userPrompts";
import { adapterStack, judgedVariants, showsNeighbours, type SupervisedVariant } from "./variants";

/** How one variant's profiles of users never seen in tuning turn out. */
export interface VariantQuality extends ProfileWords {
  readonly variant: SupervisedVariant;
  readonly temperature: number;
  /** First samples that are exactly in the format. */
  readonly format: Share;
  readonly grounding: Grounding;
  readonly titles: TitleCheck;
  readonly answers: readonly WrittenAnswer[];
}

/** Profiles before tuning, after knowledge distillation and after the dialogues, judged on the same unseen users. */
export const qualityStage: Stage<readonly VariantQuality[]> = defineStage<readonly VariantQuality[]>({
  name: "quality",
  version: 2,
  notebook: "04-tuning",
  inputs: (experiment) => ({
    mask: maskStage.hash(experiment),
    encoder: experiment.encoder.hash,
    ...answerInputs(experiment),
  }),
  codec: jsonCodec<readonly VariantQuality[] & Json>(),
  compute: async (experiment, _work, control) => {
    const results: VariantQuality[] = [];
    for (const variant of judgedVariants) results.push(await judged(experiment, variant, control));
    return results;
  },
});

async function judged(
  experiment: Experiment,
  variant: SupervisedVariant,
  control: JobControl,
): Promise<VariantQuality> {
  const { unseenUsers } = await instructionStage.read(experiment);
  const { answers, profiles } = await profilesBy(experiment, variant, unseenUsers, control);
  const shown = showsNeighbours(variant) ? experiment.preset.prompts.neighbours : 0;
  const { index, base, caseOf } = await groundingSource(experiment, shown);
  const cases = unseenUsers.map((user, at) => caseOf(user, profiles[at]));
  const first = answers.filter((answer) => answer.completeAtFirst).length;
  return {
    variant,
    temperature: experiment.preset.generation.temperature,
    format: shareOf(first, answers.length),
    ...(await profileWords(experiment, unseenUsers, profiles)),
    grounding: groundingOf(cases, index, base),
    titles: titleCheck(cases, index),
    answers,
  };
}

async function profilesBy(
  experiment: Experiment,
  variant: SupervisedVariant,
  users: readonly number[],
  control: JobControl,
): Promise<{ readonly answers: readonly WrittenAnswer[]; readonly profiles: readonly (Profile | undefined)[] }> {
  const source = await promptSourceOf(experiment);
  const counter = await openTokenCounter(experiment);
  const asker = await openAsker(experiment, await adapterStack(experiment, variant), `judging ${variant}`);
  try {
    const { historyItems } = experiment.preset.prompts;
    const { neighbours } = await neighbourStage.read(experiment);
    const withNeighbours = userPrompts(experiment, source, counter.countTokens, { neighbours });
    const alone = (user: number) => [distillationPrompt(source, source.histories[user]!, historyItems)];
    const promptOf = showsNeighbours(variant) ? withNeighbours : alone;
    const total = source.histories.length;
    // The untuned model has no format to miss by chance: a second sample of each answer would only cost time.
    const asks: Asks = variant === "untuned" ? [asker.asks[0]] : asker.asks;
    const written = await writeUserProfiles({ writer: variant, total, users, promptOf, asks }, control);
    return { answers: written.answers, profiles: users.map((user) => written.set.profiles[user]) };
  } finally {
    await asker.dispose();
    await counter.dispose();
  }
}
