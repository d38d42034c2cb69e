import type { RewardModel } from "./rewardModel";

/**
 * The reward model with the gain and bias that give the reference policy's answers mean 0 and standard deviation 1 (population;
 * lm-human-preference-details, train_reward_accelerate.py), so that a KL coefficient means the same for every reward model.
 *
 * `scores` [B] are what `reward` as it stands says of those answers; at least two that differ, else a RangeError.
 *
 * @example normalised(reward, await scoreSequences(model, reward, referenceAnswers))
 */
export function normalised(reward: RewardModel, scores: Float32Array): RewardModel {
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  const deviation = Math.sqrt(scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / scores.length);
  if (!(deviation > 0 && deviation < Infinity))
    throw new RangeError(`Cannot normalise scores: the standard deviation of ${scores.length} answers is ${deviation}`);
  return { ...reward, gain: reward.gain / deviation, bias: (reward.bias - mean) / deviation };
}
