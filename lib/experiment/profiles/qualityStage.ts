import { jsonCodec, type JobControl, type Json } from "../../core";
import type { Profile } from "../../data";
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
} from "../../profiles";
import { answerInputs } from "../tuning/asking";
import type { Experiment } from "../experiment";
import { groundingSource } from "./groundingCases";
import { instructionStage } from "../instructions/instructionStage";
import { maskStage } from "../tuning/maskStage";
import { profileWords, type ProfileWords } from "./profileWords";
import { defineStage, type Stage } from "../stage";
import { withVariant } from "./variantAsking";
import { judgedVariants, showsNeighbours, type SupervisedVariant } from "../tuning/variants";

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
  return withVariant(experiment, variant, async ({ source, asks, promptOf }) => {
    const total = source.histories.length;
    // The untuned model has no format to miss by chance: a second sample of each answer would only cost time.
    const tries: Asks = variant === "untuned" ? [asks[0]] : asks;
    const written = await writeUserProfiles({ writer: variant, total, users, promptOf, asks: tries }, control);
    return { answers: written.answers, profiles: users.map((user) => written.set.profiles[user]) };
  });
}
