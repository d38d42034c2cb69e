import { hashBytes, type JobControl, type Json } from "../core";
import type { Adapter, LanguageModel, TokenisedDialogue } from "../llm";
import type { SftConfig } from "./config";

/** One optimiser step. */
export interface SftStep {
  /** From 1. */
  readonly step: number;
  /** Mean over the step's supervised tokens before the update, in nats. */
  readonly loss: number;
  readonly learningRate: number;
  /** Global norm before clipping. */
  readonly gradNorm: number;
  /** Tokens that went through the model. */
  readonly tokens: number;
  readonly seconds: number;
}

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
  const { checkpointEvery: _, ...fixed } = config;
  return {
    config: JSON.parse(JSON.stringify(fixed)) as Json,
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
