import { hashJson, jsonCodec, labelled, type JobControl, type Json } from "../core";
import { profileText, type ProfileSet } from "../data";
import type { Message } from "../llm";
import { shareOf, writeUserProfiles, type Share } from "../profiles";
import { distillationPrompt, itemAttributePrompt, userAttributePrompt, type PromptSource } from "../prompts";
import type { AblatedVariant } from "./ablatedVariants";
import { answerInputs, openAsker, type Asker } from "./asking";
import { dataStage, type PreparedData } from "./dataStage";
import { distillationStage } from "./distillationStage";
import type { Experiment } from "./experiment";
import { promptSourceOf } from "./instructionStage";
import { naiveSingleTurnStage } from "./naiveStages";
import { neighbourStage } from "./neighbourStage";
import { policyStack, policyStageOf } from "./policyStage";
import { profileStage, writtenItems } from "./profileStage";
import { defineStage, type Stage } from "./stage";
import { openTokenCounter } from "./tokenCounter";
import { userPrompts } from "./userPrompts";
import { adapterStack, showsNeighbours } from "./variants";

/** What a variant wrote, as text. */
export interface VariantTexts {
  readonly variant: AblatedVariant;
  /** [U] null where nothing usable was written. */
  readonly user: readonly (string | null)[];
  /** [I]; null where the preset compares users' profiles alone. */
  readonly item: readonly (string | null)[] | null;
  /** First samples of users exactly in the format; null for attributes, which are taken as they come. */
  readonly inFormat: Share | null;
}

/** The texts of one variant. */
export function variantTextStageOf(variant: AblatedVariant): Stage<VariantTexts> {
  return defineStage<VariantTexts>({
    name: `texts-${variant.toLowerCase().replace("_", "-")}`,
    version: 1,
    notebook: "13-ablation",
    inputs: (experiment) => ({
      writer: writerHash(experiment, variant),
      sides: experiment.preset.ablation.sides,
      ...answerInputs(experiment),
    }),
    codec: jsonCodec<VariantTexts & Json>(),
    compute: (experiment, _work, control) => writers[variant](experiment, labelled(control, variant)),
  });
}

function writerHash(experiment: Experiment, variant: AblatedVariant): string {
  const hashes: Readonly<Record<AblatedVariant, () => string>> = {
    GPT_KD: () => distillationStage.hash(experiment),
    Naive: () => naiveSingleTurnStage.hash(experiment),
    // The profiles of notebook 05: where it has run, the ledger holds every answer.
    Mask: () => profileStage.hash(experiment),
    RecLM: () => policyStageOf(0).hash(experiment),
    "LLMRec-style": () => {
      const { historyItems } = experiment.preset.prompts;
      return hashJson([dataStage.hash(experiment), experiment.model.hash, historyItems]);
    },
  };
  return hashes[variant]();
}

type Writer = (experiment: Experiment, control: JobControl) => Promise<VariantTexts>;

const writers: Readonly<Record<AblatedVariant, Writer>> = {
  GPT_KD: async (experiment, control) =>
    profilesBy(experiment, "GPT_KD", await adapterStack(experiment, "GPT_KD"), control),
  Naive: async (experiment, control) =>
    profilesBy(experiment, "Naive", await adapterStack(experiment, "Naive"), control),
  Mask: async (experiment, control) => profilesBy(experiment, "Mask", await adapterStack(experiment, "Mask"), control),
  RecLM: async (experiment, control) => profilesBy(experiment, "RecLM", await policyStack(experiment), control),
  "LLMRec-style": attributes,
};

async function profilesBy(
  experiment: Experiment,
  variant: Exclude<AblatedVariant, "LLMRec-style">,
  adapters: readonly string[],
  control: JobControl,
): Promise<VariantTexts> {
  return asking(experiment, variant, adapters, async (data, source, asker) => {
    const counter = await openTokenCounter(experiment);
    try {
      const users = Array.from(data.histories, (_, user) => user);
      const { neighbours } = await neighbourStage.read(experiment);
      const promptOf = showsNeighbours(variant)
        ? userPrompts(experiment, source, counter.countTokens, { neighbours })
        : alone(experiment, source);
      const writing = { writer: variant, total: users.length, users, promptOf, asks: asker.asks };
      const user = await writeUserProfiles(writing, labelled(control, `${variant}: users`));
      const item = experiment.preset.ablation.sides.includes("item")
        ? await writtenItems(experiment, data, source, user.set, asker.asks, labelled(control, `${variant}: items`))
        : undefined;
      const first = user.answers.filter((answer) => answer.completeAtFirst).length;
      return textsOf(experiment, variant, user.set, item?.set, shareOf(first, user.answers.length));
    } finally {
      await counter.dispose();
    }
  });
}

/** The prompt of knowledge distillation: the user's own items alone. */
function alone(experiment: Experiment, source: PromptSource): (user: number) => readonly Message[] | undefined {
  const { historyItems } = experiment.preset.prompts;
  return (user) => {
    const history = source.histories[user]!;
    return history.length === 0 ? undefined : [distillationPrompt(source, history, historyItems)];
  };
}

/** The untuned model's answers, embedded as they come: what LLMRec does with its model's. */
async function attributes(experiment: Experiment, control: JobControl): Promise<VariantTexts> {
  const variant = "LLMRec-style";
  return asking(experiment, variant, [], async (data, source, { asks }) => {
    const { sides } = experiment.preset.ablation;
    const { historyItems } = experiment.preset.prompts;
    const user = new Array<string | null>(source.histories.length).fill(null);
    const shown = Array.from(user.keys()).filter((index) => source.histories[index]!.length > 0);
    const dialogues = shown.map((index) => [userAttributePrompt(source, source.histories[index]!, historyItems)]);
    const answers = await asks[0](dialogues, labelled(control, `${variant}: users`));
    shown.forEach((index, at) => (user[index] = answers[at]!.text));
    if (!sides.includes("item")) return { variant, user, item: null, inFormat: null };
    const prompts = data.catalogue.indices().map((item) => [itemAttributePrompt(source, item)]);
    const item = (await asks[0](prompts, labelled(control, `${variant}: items`))).map(({ text }) => text);
    return { variant, user, item, inFormat: null };
  });
}

async function asking(
  experiment: Experiment,
  variant: AblatedVariant,
  adapters: readonly string[],
  write: (data: PreparedData, source: PromptSource, asker: Asker) => Promise<VariantTexts>,
): Promise<VariantTexts> {
  const data = await dataStage.read(experiment);
  const source = await promptSourceOf(experiment);
  const asker = await openAsker(experiment, adapters, variant);
  try {
    return await write(data, source, asker);
  } finally {
    await asker.dispose();
  }
}

function textsOf(
  { preset }: Experiment,
  variant: AblatedVariant,
  user: ProfileSet,
  item: ProfileSet | undefined,
  inFormat: Share,
): VariantTexts {
  const texts = ({ profiles, side }: ProfileSet): readonly (string | null)[] =>
    profiles.map((profile) => (profile ? profileText(profile, side) : null));
  const isWanted = item !== undefined && preset.ablation.sides.includes("item");
  return { variant, user: texts(user), item: isWanted ? texts(item) : null, inFormat };
}
