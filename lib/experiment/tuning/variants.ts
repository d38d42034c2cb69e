import { commit, versionOf, type Json } from "../../core";
import { writeAdapterStack, type AdapterStack } from "../../llm";
import { dataStage } from "../data/dataStage";
import { distillationStage } from "./distillationStage";
import type { Experiment } from "../experiment";
import { maskStage } from "./maskStage";
import { naiveSingleTurnStage, naiveTwoTurnStage } from "./naiveStages";
import type { Stage } from "../stage";
import type { Tuned } from "./tuningStage";

/** The paper's variants in its order (App. 6.4), the untuned model before them; Naive as the paper and as the code has it. */
export const variants = ["untuned", "GPT_KD", "Naive", "Naive (two turns)", "Mask", "RecLM"] as const;
export type Variant = (typeof variants)[number];

/** Those whose profiles notebook 04 compares. */
export const judgedVariants = ["untuned", "GPT_KD", "Mask"] as const satisfies readonly Variant[];

/** Variants that are prompted with similar users; the others see the user's own items alone. */
export function showsNeighbours(variant: Variant): boolean {
  return variant !== "untuned" && variant !== "GPT_KD";
}

/** Variants made by supervised tuning alone. */
export type SupervisedVariant = Exclude<Variant, "RecLM">;

const stages: Readonly<Record<SupervisedVariant, readonly Stage<Tuned>[]>> = {
  untuned: [],
  GPT_KD: [distillationStage],
  Naive: [distillationStage, naiveSingleTurnStage],
  "Naive (two turns)": [distillationStage, naiveTwoTurnStage],
  Mask: [distillationStage, maskStage],
};

/** The adapter files that make a supervised variant, in the order they are added up. RecLM's: `policyStack`. */
export async function adapterStack(experiment: Experiment, variant: SupervisedVariant): Promise<readonly string[]> {
  return (await tunings(experiment, variant)).map(({ adapterPath }) => adapterPath);
}

/**
 * Writes a supervised variant's adapters with a readable manifest (base file, data, seed, configuration, losses) into a folder
 * that `readAdapterStack` checks and gives back, for generation or further tuning.
 *
 * @example await exportVariant(experiment, "Mask", "data/runs/quick/mask");
 */
export async function exportVariant(
  experiment: Experiment,
  variant: SupervisedVariant,
  folder: string,
): Promise<AdapterStack> {
  const { adapters, tuned } = await supervisedParts(experiment, variant);
  const record = manifestRecord(experiment, tuned);
  return writeAdapterStack(folder, { name: variant, basePath: experiment.model.path, adapters, record });
}

function tunings(experiment: Experiment, variant: SupervisedVariant): Promise<readonly Tuned[]> {
  return Promise.all(stages[variant].map((stage) => stage.read(experiment)));
}

/** A supervised variant's adapters by name, and what a manifest says of how they came about. */
export async function supervisedParts(
  experiment: Experiment,
  variant: SupervisedVariant,
): Promise<{
  readonly adapters: readonly { readonly name: string; readonly path: string }[];
  readonly tuned: readonly object[];
}> {
  const made = await tunings(experiment, variant);
  return {
    adapters: stages[variant].map(({ name }, at) => ({ name, path: made[at]!.adapterPath })),
    tuned: stages[variant].map((stage, at) => {
      const { config, examples, steps, heldOut } = made[at]!;
      return { ...stageRecord(experiment, stage), config, examples, steps, heldOut };
    }),
  };
}

/** A stage's name, version and hash. */
export function stageRecord(
  experiment: Experiment,
  stage: Stage<unknown>,
): { readonly stage: string; readonly version: number; readonly hash: string } {
  return { stage: stage.name, version: stage.version, hash: stage.hash(experiment) };
}

/** Preset, seed, data and versions beside the records of what was tuned. */
export function manifestRecord(experiment: Experiment, tuned: readonly object[]): Json {
  const versions = Object.fromEntries(
    ["@tensorflow/tfjs-node-gpu", "node-llama-cpp"].map((name) => [name, versionOf(name)]),
  );
  const record = {
    preset: experiment.preset.name,
    seed: experiment.seed,
    data: dataStage.hash(experiment),
    writtenWith: { commit: commit(), node: process.version, ...versions },
    tuned,
  };
  return JSON.parse(JSON.stringify(record)) as Json;
}
