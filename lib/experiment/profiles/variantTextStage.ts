import { hashJson, jsonCodec, labelled, withDisposal, type JobControl, type Json } from "../../core";
import { profileText, type ProfileSet } from "../../data";
import type { Message } from "../../llm";
import { shareOf, type Share } from "../../profiles";
import { itemAttributePrompt, userAttributePrompt } from "../../prompts";
import type { AblatedVariant } from "../presets/ablatedVariants";
import { answerInputs, openAsker } from "../tuning/asking";
import { ablatedUsers } from "../data/ablatedUsers";
import { dataStage } from "../data/dataStage";
import { distillationStage } from "../tuning/distillationStage";
import type { Experiment } from "../experiment";
import { promptSourceOf } from "../instructions/instructionStage";
import { naiveSingleTurnStage } from "../tuning/naiveStages";
import { policyStage } from "../reinforcement/policyStage";
import { profileStage } from "./profileStage";
import { writtenProfiles } from "./profileWriting";
import { defineStage, readIfThere, type Stage } from "../stage";
import { openTokenCounter } from "../instructions/tokenCounter";
import { historyPrompts } from "../instructions/userPrompts";

/** What a variant wrote, as text. */
export interface VariantTexts {
  readonly variant: AblatedVariant;
  /** [U] null where nothing usable was written, or nothing asked. */
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
      ...writtenInputs(experiment),
      ...answerInputs(experiment),
    }),
    codec: jsonCodec<VariantTexts & Json>(),
    compute: (experiment, _work, control) => {
      const named = labelled(control, variant);
      return variant === "LLMRec-style"
        ? attributes(experiment, variant, named)
        : profilesBy(experiment, variant, named);
    },
  });
}

/** What every variant wrote. */
export function variantTexts(experiment: Experiment): Promise<readonly VariantTexts[]> {
  return Promise.all(textStages(experiment).map((stage) => stage.read(experiment)));
}

/** What those variants wrote whose texts are here: a replay of data whose licence keeps texts out of the repository has none. */
export async function keptVariantTexts(experiment: Experiment): Promise<readonly VariantTexts[]> {
  const kept = await Promise.all(textStages(experiment).map((stage) => readIfThere(stage, experiment)));
  return kept.filter((texts) => texts !== undefined);
}

function textStages({ preset }: Experiment): readonly Stage<VariantTexts>[] {
  return preset.ablation.variants.map(variantTextStageOf);
}

/** Whose texts are written. */
function writtenInputs({ preset }: Experiment) {
  const { sides, users } = preset.ablation;
  return { sides, ...(users === undefined ? {} : { users }) };
}

function writerHash(experiment: Experiment, variant: AblatedVariant): string {
  const hashes: Readonly<Record<AblatedVariant, () => string>> = {
    GPT_KD: () => distillationStage.hash(experiment),
    Naive: () => naiveSingleTurnStage.hash(experiment),
    // The profiles of notebook 05: where it has run, the ledger holds every answer.
    Mask: () => profileStage.hash(experiment),
    RecLM: () => policyStage.hash(experiment),
    "LLMRec-style": () => {
      const { prompts, model } = experiment.preset;
      return hashJson([dataStage.hash(experiment), experiment.model.hash, prompts.historyItems, model.contextTokens]);
    },
  };
  return hashes[variant]();
}

async function profilesBy(
  experiment: Experiment,
  variant: Exclude<AblatedVariant, "LLMRec-style">,
  control: JobControl,
): Promise<VariantTexts> {
  const { sides } = experiment.preset.ablation;
  const users = ablatedUsers(experiment, await dataStage.read(experiment));
  const { user, item } = await writtenProfiles(experiment, variant, sides, control, users);
  const first = user.answers.filter((answer) => answer.completeAtFirst).length;
  return {
    variant,
    user: textsOf(user.set),
    item: item ? textsOf(item.set) : null,
    inFormat: shareOf(first, user.answers.length),
  };
}

function textsOf({ profiles, side }: ProfileSet): readonly (string | null)[] {
  return profiles.map((profile) => (profile ? profileText(profile, side) : null));
}

/** The untuned model's answers, embedded as they come: what LLMRec does with its model's. */
async function attributes(experiment: Experiment, variant: "LLMRec-style", control: JobControl): Promise<VariantTexts> {
  const data = await dataStage.read(experiment);
  const source = await promptSourceOf(experiment);
  return withDisposal(async (hold) => {
    const counter = await hold(openTokenCounter(experiment));
    const promptOf = historyPrompts(experiment, source, counter.countTokens, userAttributePrompt);
    const asker = await hold(openAsker(experiment, [], variant));
    const ask = async (prompts: readonly (readonly Message[])[], what: string): Promise<readonly string[]> => {
      const answers = await asker.asks[0](prompts, labelled(control, `${variant}: ${what}`));
      return answers.map(({ text }) => text);
    };
    const user = new Array<string | null>(source.histories.length).fill(null);
    const shown = ablatedUsers(experiment, data).filter((index) => source.histories[index]!.length > 0);
    const prompts = shown.map((index) => promptOf(source.histories[index]!));
    const texts = await ask(prompts, "users");
    shown.forEach((index, at) => (user[index] = texts[at]!));
    const hasItems = experiment.preset.ablation.sides.includes("item");
    const items = data.catalogue.indices().map((item) => [itemAttributePrompt(source, item)]);
    return { variant, user, item: hasItems ? await ask(items, "items") : null, inFormat: null };
  });
}
