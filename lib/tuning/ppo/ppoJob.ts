import { hashBytes, type JobControl, type Json } from "../../core";
import type { Adapter, Answer, LanguageModel, ScalarHead } from "../../llm";
import type { PpoConfig } from "./config";
import type { PpoSample, PpoTargets } from "./sample";

/** What a sampler answered to one prompt. */
export interface PpoAnswer extends Pick<Answer, "ids" | "finish"> {
  /** [T] log p of each token as the sampler computed it, at the sampling temperature. */
  readonly logProbs?: Float32Array;
}

/**
 * Draws an answer to each prompt from the policy, prompt i with seed i; `step` is from 1. The adapter changes after the promise
 * is kept: a sampler in another engine gets it as a file of a new name each step.
 */
export type PpoRollout = (
  adapter: Adapter,
  prompts: readonly Int32Array[],
  seeds: readonly number[],
  step: number,
) => Promise<readonly PpoAnswer[]>;

/** One answer with its prompt, as it is scored. */
export interface PpoResponse extends PpoAnswer {
  /** Which of the job's prompts was answered. */
  readonly prompt: number;
  readonly promptIds: Int32Array;
}

/** Scores of responses, in their order: [B]. */
export type PpoScorer = (responses: readonly PpoResponse[]) => Promise<Float32Array>;

/** Where a step's seconds went. */
export interface PpoSeconds {
  readonly rollout: number;
  /** The scorer, log-probabilities of policy and reference, and values. */
  readonly scoring: number;
  readonly learning: number;
}

/** One round of rollout, scoring and update; losses and shares are means over the update's mini-batches. */
export interface PpoStep {
  /** From 1. */
  readonly step: number;
  /** Mean of the scorer's scores, penalties not taken off. */
  readonly score: number;
  /** Mean over responses of log p - log p_ref, in nats, before the update. */
  readonly sequenceKl: number;
  /** Mean over tokens before the update, in nats. */
  readonly entropy: number;
  readonly policyLoss: number;
  readonly valueLoss: number;
  /** Share of tokens whose policy gradient was clipped. */
  readonly clipShare: number;
  readonly valueClipShare: number;
  /** Divergence of the new policy from the one that drew the responses, in nats a token. */
  readonly approxKl: number;
  /** Largest p / p_old of a token. */
  readonly maxRatio: number;
  /** Mean before clipping. */
  readonly gradNorm: number;
  /** Of the values before the update; null when the returns do not vary. */
  readonly explainedVariance: number | null;
  /** Mean tokens of a response. */
  readonly responseLength: number;
  /** Share of responses that end with their end-of-turn token. */
  readonly endOfTurnShare: number;
  /** beta in this step's rewards. */
  readonly klCoef: number;
  readonly learningRate: number;
  /** Mean |log p - the sampler's log p| of a token; null when the sampler gives none. */
  readonly samplerDifference: number | null;
  /** Mini-batches gone through, and how many of them were left out for exploding ratios. */
  readonly miniBatches: number;
  readonly skipped: number;
  /** Whether `targetKl` ended the update. */
  readonly stoppedEarly: boolean;
  readonly seconds: PpoSeconds;
}

/** What a step learnt from, in the order of the batch. */
export interface PpoStepDetail {
  readonly responses: readonly PpoResponse[];
  readonly samples: readonly PpoSample[];
  readonly targets: readonly PpoTargets[];
}

/** What `runPpo` needs. */
export interface PpoJob {
  /** Frozen: the reference, and with the adapter the policy. */
  readonly model: LanguageModel;
  /** Token ids, up to where the answer starts. */
  readonly prompts: readonly Int32Array[];
  readonly rollout: PpoRollout;
  readonly score: PpoScorer;
  /** What rollout and scorer depend on beside their arguments, such as hashes of model files; a resumed run must have the same. */
  readonly identity: Json;
  readonly config: PpoConfig;
  /** The value head before the first step; default all 0. */
  readonly head?: ScalarHead;
  readonly seed: number;
  /** Holds the checkpoints; a run that finds one of the same set-up goes on from it. */
  readonly workFolder: string;
  readonly control?: JobControl;
  /**
   * Called after each step, before its checkpoint is written: a run that is killed in between calls it again for that step, with
   * the same record but for the seconds.
   */
  readonly onStep?: (step: PpoStep, detail: PpoStepDetail) => void | Promise<void>;
}

export interface PpoResult {
  readonly adapter: Adapter;
  /** The value head. */
  readonly head: ScalarHead;
  readonly steps: readonly PpoStep[];
  /** Sampling settings that bias KL and ratios (`unscoredSampling`). */
  readonly unscoredSampling: readonly string[];
}

/** What a run depends on; checkpoints of another set-up are refused. */
export function ppoSetupOf({ model, prompts, identity, config, head, seed }: PpoJob): Json {
  const values = head ? [...head.weight, ...head.bias].join(" ") : "zero";
  return {
    config: JSON.parse(JSON.stringify(config)) as Json,
    seed,
    model: model.weights.sha256,
    prompts: hashBytes(prompts.map((ids) => ids.join(" ")).join("\n")),
    head: hashBytes(values),
    identity,
  };
}
