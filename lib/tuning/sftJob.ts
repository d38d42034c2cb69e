import { hashBytes, type JobControl, type Json } from "../core";
import type { Adapter, LanguageModel, TokenisedDialogue } from "../llm";
import { fixedPart, type TuningConfig } from "./config";
import type { TuningStep } from "./tuningJob";

/** How a model is tuned on dialogues. */
export type SftConfig = TuningConfig;

/** One optimiser step; its loss is a mean over supervised tokens. */
export type SftStep = TuningStep;

/** The loss on held-out dialogues after `step` steps. */
export interface HeldOutLoss {
  readonly step: number;
  readonly loss: number;
}

export interface SftResult {
  readonly adapter: Adapter;
  readonly losses: readonly SftStep[];
  readonly heldOutLosses: readonly HeldOutLoss[];
}

/** What `tuneSft` needs. */
export interface SftJob {
  readonly model: LanguageModel;
  readonly examples: readonly TokenisedDialogue[];
  readonly heldOut?: readonly TokenisedDialogue[];
  readonly config: SftConfig;
  readonly seed: number;
  /** Holds the checkpoints; a run that finds one of the same set-up goes on from it. */
  readonly workFolder: string;
  readonly control?: JobControl;
}

/** What a run depends on; checkpoints of another set-up are refused. */
export function setupOf({ model, examples, heldOut, config, seed }: SftJob): Json {
  return {
    config: fixedPart(config),
    seed,
    model: model.weights.sha256,
    examples: hashDialogues(examples),
    heldOut: hashDialogues(heldOut ?? []),
  };
}

function hashDialogues(dialogues: readonly TokenisedDialogue[]): string {
  const parts = dialogues.map(({ ids, mask }) => `${ids.join(" ")};${mask.join("")}`);
  return hashBytes(parts.join("\n"));
}
