import { jsonCodec, prngOf, type JobControl, type Json } from "../core";
import type { Profile } from "../data";
import {
  baseRates,
  distinctShare,
  factIndex,
  groundingOf,
  permutedRetrieval,
  retrievalOf,
  rulesTeacher,
  shareOf,
  sharedWithTeacher,
  titleCheck,
  writeUserProfiles,
  type Grounding,
  type GroundingCase,
  type Share,
  type SharedTerms,
  type TitleCheck,
  type WrittenAnswer,
} from "../profiles";
import { distillationPrompt, shownNeighbours } from "../prompts";
import { answerInputs, openAsker } from "./asking";
import { dataStage } from "./dataStage";
import { encodeProfiles, historyText } from "./embeddings";
import type { Experiment } from "./experiment";
import { instructionStage, promptSourceOf } from "./instructionStage";
import { adapterStack, maskStage, variants, type Variant } from "./maskStage";
import { neighbourStage } from "./neighbourStage";
import { userPrompts } from "./profileStage";
import { defineStage, type Stage } from "./stage";
import { openTokenCounter } from "./tokenCounter";

/** How one variant's profiles of users never seen in tuning turn out. */
export interface VariantQuality {
  readonly variant: Variant;
  readonly temperature: number;
  /** First samples that are exactly in the format. */
  readonly format: Share;
  /** Different profiles among those written. */
  readonly distinct: number | null;
  readonly shared: { readonly own: number | null; readonly shuffled: number | null; readonly n: number };
  readonly grounding: Grounding;
  readonly titles: TitleCheck;
  /** Rank of the user's own history among the pool by profile embedding; null with fewer than two profiles. */
  readonly retrieval: RetrievalSummary | null;
  readonly permuted: RetrievalSummary | null;
  readonly answers: readonly WrittenAnswer[];
}

export interface RetrievalSummary {
  readonly ranks: readonly number[];
  readonly meanRank: number;
  readonly hitsAt10: number;
  readonly pool: number;
}

/** Profiles before tuning, after knowledge distillation and after the dialogues, judged on the same unseen users. */
export const qualityStage: Stage<readonly VariantQuality[]> = defineStage<readonly VariantQuality[]>({
  name: "quality",
  version: 1,
  notebook: "04-tuning",
  inputs: (experiment) => ({
    mask: maskStage.hash(experiment),
    encoder: experiment.encoder.hash,
    ...answerInputs(experiment),
  }),
  codec: jsonCodec<readonly VariantQuality[] & Json>(),
  compute: async (experiment, _work, control) => {
    const results: VariantQuality[] = [];
    for (const variant of variants) results.push(await judged(experiment, variant, control));
    return results;
  },
});

async function judged(experiment: Experiment, variant: Variant, control: JobControl): Promise<VariantQuality> {
  const { unseenUsers } = await instructionStage.read(experiment);
  const source = await promptSourceOf(experiment);
  const { answers, profiles } = await profilesBy(experiment, variant, unseenUsers, control);
  const cases = await groundingCases(experiment, variant, unseenUsers, profiles);
  const teacher = rulesTeacher(source);
  const taught = unseenUsers.map((user) => teacher.profileOf(user, source.histories[user]!));
  const index = factIndex(source);
  const first = answers.filter((answer) => answer.completeAtFirst).length;
  return {
    variant,
    temperature: experiment.preset.generation.temperature,
    format: shareOf(first, answers.length),
    distinct: finite(distinctShare(profiles)),
    shared: finiteShared(sharedWithTeacher(profiles, taught, prngOf(experiment.seed, "shuffled teacher"))),
    grounding: groundingOf(cases, index, baseRates(source.histories, index)),
    titles: titleCheck(cases, index),
    ...(await retrievalSummaries(experiment, unseenUsers, profiles)),
    answers,
  };
}

async function profilesBy(
  experiment: Experiment,
  variant: Variant,
  users: readonly number[],
  control: JobControl,
): Promise<{ readonly answers: readonly WrittenAnswer[]; readonly profiles: readonly (Profile | undefined)[] }> {
  const source = await promptSourceOf(experiment);
  const counter = await openTokenCounter(experiment);
  const asker = await openAsker(experiment, await adapterStack(experiment, variant), `judging ${variant}`);
  try {
    const { historyItems } = experiment.preset.prompts;
    const withNeighbours = await userPrompts(experiment, source, counter.countTokens);
    const alone = (user: number) => [distillationPrompt(source, source.histories[user]!, historyItems)];
    const promptOf = variant === "Mask" ? withNeighbours : alone;
    const total = source.histories.length;
    const written = await writeUserProfiles({ writer: variant, total, users, promptOf, asks: asker.asks }, control);
    return { answers: written.answers, profiles: users.map((user) => written.set.profiles[user]) };
  } finally {
    await asker.dispose();
    await counter.dispose();
  }
}

async function groundingCases(
  experiment: Experiment,
  variant: Variant,
  users: readonly number[],
  profiles: readonly (Profile | undefined)[],
): Promise<readonly GroundingCase[]> {
  const { histories } = await dataStage.read(experiment);
  const { neighbours } = await neighbourStage.read(experiment);
  const shown = variant === "Mask" ? experiment.preset.prompts.neighbours : 0;
  return users.map((user, at) => ({
    profile: profiles[at],
    own: histories[user]!,
    neighbours: shownNeighbours(neighbours, histories, user, shown).flatMap((other) => Array.from(histories[other]!)),
  }));
}

async function retrievalSummaries(
  experiment: Experiment,
  users: readonly number[],
  profiles: readonly (Profile | undefined)[],
): Promise<Pick<VariantQuality, "retrieval" | "permuted">> {
  const written = users.filter((_, at) => profiles[at] !== undefined);
  if (written.length < 2) return { retrieval: null, permuted: null };
  const set = { side: "user", writer: "", profiles: profiles.filter((profile) => profile !== undefined) } as const;
  const embeddings = await encodeProfiles(experiment, set);
  const histories = historyText(await dataStage.read(experiment), written);
  const seed = experiment.seed;
  return {
    retrieval: summary(retrievalOf(embeddings, histories, seed)),
    permuted: summary(permutedRetrieval(embeddings, histories, seed)),
  };
}

function summary({ ranks, meanRank, hitsAt10, pool }: ReturnType<typeof retrievalOf>): RetrievalSummary {
  return { ranks: Array.from(ranks), meanRank, hitsAt10, pool };
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function finiteShared({ own, shuffled, n }: SharedTerms): VariantQuality["shared"] {
  return { own: finite(own), shuffled: finite(shuffled), n };
}
