import type { TokenisedDialogue } from "../../llm";
import { gae } from "./gae";
import { importanceWeights } from "./importance";
import type { PpoUpdateConfig } from "./config";
import { tokenRewards, type ScoredResponse } from "./rewards";
import { whiten } from "./whiten";

/** One response as it was drawn and scored; T tokens of `dialogue` have mask 1. */
export interface PpoSample extends ScoredResponse {
  readonly dialogue: TokenisedDialogue;
  /** [T] log p of the policy that drew it, at the sampling temperature. */
  readonly oldLogProbs: Float32Array;
  /** [T] what the value head said of the state before each token. */
  readonly oldValues: Float32Array;
  /** [T] log p of the reference. */
  readonly refLogProbs: Float32Array;
  /** [T] log p as the sampler computed it. */
  readonly samplerLogProbs?: Float32Array;
}

/** What an update learns from one response: [T] each. */
export interface PpoTargets {
  readonly rewards: Float32Array;
  /** Whitened over the batch. */
  readonly advantages: Float32Array;
  readonly returns: Float32Array;
  /** Importance weights of the sampler. */
  readonly weights?: Float32Array;
}

/**
 * Rewards, returns, advantages whitened over all tokens of all responses, and the sampler's weights.
 *
 * Throws a RangeError for a response without a token that is supervised, and for lengths that do not fit its mask.
 */
export function ppoTargets(
  samples: readonly PpoSample[],
  config: Pick<PpoUpdateConfig, "gamma" | "gaeLambda" | "missingEosPenalty" | "whitenRewards" | "importance"> & {
    readonly klCoef: number;
  },
): readonly PpoTargets[] {
  samples.forEach(checkSample);
  const raw = samples.map((sample) => tokenRewards(sample.oldLogProbs, sample.refLogProbs, sample, config));
  const rewards = config.whitenRewards ? together(raw, (all) => whiten(all, { shiftMean: false })) : raw;
  const estimates = samples.map(({ oldValues }, b) => gae(rewards[b]!, oldValues, config));
  const advantages = together(
    estimates.map((estimate) => estimate.advantages),
    (all) => whiten(all),
  );
  return samples.map(({ oldLogProbs, samplerLogProbs }, b) => ({
    rewards: rewards[b]!,
    advantages: advantages[b]!,
    returns: estimates[b]!.returns,
    ...(samplerLogProbs && config.importance
      ? { weights: importanceWeights(oldLogProbs, samplerLogProbs, config.importance) }
      : {}),
  }));
}

function checkSample({ dialogue, oldLogProbs, oldValues, refLogProbs }: PpoSample, index: number): void {
  const tokens = dialogue.mask.reduce((sum, bit, t) => sum + (t > 0 ? bit : 0), 0);
  if (tokens === 0)
    throw new RangeError(`Cannot learn from response ${index}: none of its tokens after the first is supervised`);
  for (const [name, { length }] of Object.entries({ oldLogProbs, oldValues, refLogProbs })) {
    if (length !== tokens)
      throw new RangeError(`Cannot learn from response ${index}: ${tokens} tokens are supervised, ${length} ${name}`);
  }
}

/** `change` over all responses as one array, cut into responses again. */
function together(parts: readonly Float32Array[], change: (all: Float32Array) => Float32Array): Float32Array[] {
  const changed = change(Float32Array.from(parts.flatMap((part) => [...part])));
  let start = 0;
  return parts.map(({ length }) => changed.slice(start, (start += length)));
}
