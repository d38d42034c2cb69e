import type { Adapter, LanguageModel, ScalarHead } from "../../llm";

/** A trained reward model: score = gain * head(last token) + bias. */
export interface RewardModel {
  readonly adapter: Adapter;
  readonly head: ScalarHead;
  /** Above 0, so that the order of answers is the head's. */
  readonly gain: number;
  readonly bias: number;
  /** SHA-256 of the weights that it was trained on (`model.weights.sha256`); scores on others mean nothing. */
  readonly base: string;
}

/** Scores from a head's outputs [B]. */
export function scoresOf(reward: RewardModel, outputs: Float32Array): Float32Array {
  return outputs.map((output) => reward.gain * output + reward.bias);
}

/** Throws a RangeError unless `model` has the weights that the reward model was trained on. */
export function checkBase(reward: RewardModel, model: LanguageModel): void {
  if (reward.base !== model.weights.sha256)
    throw new RangeError(
      `Cannot score with this reward model: it was trained on weights ${reward.base}, not ${model.weights.sha256}`,
    );
}
