import { hashBytes, type JobControl, type Json } from "../../core";
import type { LanguageModel, LoraConfig } from "../../llm";
import { fixedPart, type TuningConfig } from "../config";
import type { TuningStep } from "../tuningJob";
import type { Count } from "./accuracy";
import type { RewardModel } from "./rewardModel";

/** Two answers to one prompt, each as the ids of the prompt and the answer together; the score is read after the last id. */
export interface TokenisedPair {
  /** [T] */
  readonly chosen: Int32Array;
  /** [T'] */
  readonly rejected: Int32Array;
  /** How the rejected answer was made, so that accuracy can be told apart by it. */
  readonly kind: string;
}

/** How a reward model is tuned; an example is a pair. */
export type RewardConfig = TuningConfig;

/** The authors' adapter of the reward model (RecLM, llm/rlhf/reward_modeling.py). */
export const rewardLora: LoraConfig = { rank: 4, alpha: 8, dropout: 0.1, targets: ["attn_q", "attn_v"] };

/** One optimiser step; its loss is a mean over pairs. */
export interface RewardStep extends TuningStep {
  /** Share of the step's pairs that were ranked right before the update, with dropout, 0..1. */
  readonly accuracy: number;
}

/** Loss and right pairs among those held out, after `step` steps; dropout is off. */
export interface HeldOutReward {
  readonly step: number;
  /** Mean over pairs, in nats. */
  readonly loss: number;
  readonly all: Count;
  readonly kinds: Readonly<Record<string, Count>>;
}

/** What `tuneReward` gives. */
export interface RewardResult {
  /** Not normalised: gain 1, bias 0. */
  readonly reward: RewardModel;
  readonly steps: readonly RewardStep[];
  readonly evaluations: readonly HeldOutReward[];
}

/** What `tuneReward` needs. */
export interface RewardJob {
  readonly model: LanguageModel;
  readonly pairs: readonly TokenisedPair[];
  readonly heldOut?: readonly TokenisedPair[];
  readonly config: RewardConfig;
  readonly seed: number;
  /** Holds the checkpoints; a run that finds one of the same set-up goes on from it. */
  readonly workFolder: string;
  readonly control?: JobControl;
}

/** What a run depends on; checkpoints of another set-up are refused. */
export function rewardSetup({ model, pairs, heldOut = [], config, seed }: RewardJob): Json {
  return {
    config: fixedPart(config),
    seed,
    model: model.weights.sha256,
    pairs: hashPairs(pairs),
    heldOut: hashPairs(heldOut),
  };
}

function hashPairs(pairs: readonly TokenisedPair[]): string {
  return hashBytes(JSON.stringify(pairs.map(({ chosen, rejected, kind }) => [[...chosen], [...rejected], kind])));
}
