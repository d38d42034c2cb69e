import { join } from "node:path";
import { disposeAll, labelled, seedOf, type JobControl } from "../../core";
import {
  answerAll,
  AnswerLedger,
  deferGenerator,
  openTokenizer,
  promptIds,
  type Answer,
  type GeneratorOptions,
  type Message,
  type Sampling,
} from "../../llm";
import type { Asks, AskAll } from "../../profiles";
import type { Experiment } from "../experiment";

/** A language model with an adapter stack, ready to answer; dispose of it when done. */
export interface Asker {
  /** The first sample, then one more for answers that could not be used. */
  readonly asks: Asks;
  dispose(): Promise<void>;
}

/** Where the answers of a run are kept, whichever stage asked. */
export function ledgerPath(experiment: Experiment, askedBy: AskedBy = "stage"): string {
  return join(experiment.store.root, ledgerName(experiment, askedBy));
}

/**
 * Who asks: a stage, whose prompts its inputs name, or a reader, who picks users in a notebook. An answer can depend on those asked
 * beside it, so that what a reader asked is kept apart: no stage may come out otherwise for what was looked at before.
 */
export type AskedBy = "stage" | "reader";

/** Answers side by side round otherwise in other numbers, so each way of asking has a ledger of its own: "ledger-8x2-list.jsonl". */
export function ledgerName(experiment: Experiment, askedBy: AskedBy = "stage"): string {
  const { sequences, lanes, sharePrefix } = batchInputs(experiment);
  const parts = [lanes ? `${sequences}x${lanes}` : sequences, ...(sharePrefix ? [sharePrefix] : [])];
  return `ledger-${[...parts, ...(askedBy === "reader" ? ["looks"] : [])].join("-")}.jsonl`;
}

/** The answers of a run; a reader is given those of stages where they are there. */
async function openLedger(experiment: Experiment, askedBy: AskedBy): Promise<AnswerLedger> {
  const ofStages = await AnswerLedger.open(ledgerPath(experiment));
  if (askedBy === "stage") return ofStages;
  return AnswerLedger.open(ledgerPath(experiment, askedBy), { first: ofStages });
}

/** What answers side by side depend on: part of the inputs of every stage that asks or samples. */
export function batchInputs({ preset }: Experiment): {
  readonly sequences: number;
  readonly lanes?: number;
  readonly sharePrefix?: "list";
} {
  const { sequences, lanes, sharePrefix } = preset.generation;
  return { sequences, ...(lanes ? { lanes } : {}), ...(sharePrefix ? { sharePrefix } : {}) };
}

/** What answers depend on beside the model and the prompts: part of the inputs of every stage that asks. */
export function answerInputs(experiment: Experiment): ReturnType<typeof batchInputs> & {
  readonly generation: { readonly temperature: number; readonly maxTokens: number };
  readonly seed: number;
} {
  const { temperature, maxTokens } = experiment.preset.generation;
  return { generation: { temperature, maxTokens }, ...batchInputs(experiment), seed: experiment.seed };
}

/** How an answer is drawn under a preset: temperature alone, nothing cut off. */
export function samplingOf(experiment: Experiment): Sampling {
  const { temperature, maxTokens } = experiment.preset.generation;
  return { temperature, topK: 0, topP: 1, minP: 0, maxTokens };
}

/** The experiment's model with an adapter stack, for generation under its preset. */
export function generatorOptions(experiment: Experiment, adapterPaths: readonly string[]): GeneratorOptions {
  const { preset, model } = experiment;
  return {
    modelPath: model.path,
    adapterPaths,
    ...batchInputs(experiment),
    contextTokens: preset.model.contextTokens,
    threads: preset.generation.threads,
  };
}

/**
 * Opens the experiment's model with adapters (GGUF files, added up) and its ledger of answers, so that nothing is asked twice; where
 * the ledger holds every answer the model is not loaded.
 *
 * @param label what the progress bar says: "profiles of users"
 */
export async function openAsker(
  experiment: Experiment,
  adapterPaths: readonly string[],
  label: string,
  askedBy: AskedBy = "stage",
): Promise<Asker> {
  const { preset, model, seed } = experiment;
  const { temperature } = preset.generation;
  const generator = await deferGenerator(generatorOptions(experiment, adapterPaths));
  const ledger = await openLedger(experiment, askedBy);
  // Opened last: where it fails the others hold nothing yet.
  const tokenizer = await openTokenizer(model.path);
  const sampling = samplingOf(experiment);
  const askWith = (draw: Sampling, runSeed: number): AskAll => {
    return async (dialogues: readonly (readonly Message[])[], control: JobControl = {}): Promise<readonly Answer[]> => {
      const prompts = dialogues.map((messages) => promptIds(tokenizer, messages));
      return answerAll(generator, ledger, prompts, draw, runSeed, labelled(control, label));
    };
  };
  const again = { ...sampling, temperature: Math.max(0.7, temperature) };
  return {
    asks: [askWith(sampling, seed), askWith(again, seedOf(seed, "second attempt"))],
    dispose: () => disposeAll([tokenizer, generator]),
  };
}
