/** How scores and the distance to the reference become rewards. */
export interface RewardOptions {
  /** beta of RecLM's Eq. 8, at least 0. */
  readonly klCoef: number;
  /** Taken off the score of a response without its end-of-turn token; default 0. */
  readonly missingEosPenalty?: number;
}

/** What a scorer says of one response. */
export interface ScoredResponse {
  readonly score: number;
  /** Whether the response ends with its end-of-turn token. */
  readonly ended: boolean;
}

/**
 * Reward of each token of one response: -klCoef (log p - log p_ref), and the score on the last one (RecLM, Eq. 8; TRL 0.7.9,
 * `compute_rewards`).
 *
 * `logProbs` and `refLogProbs` [T] are in nats; their difference (the k1 estimator) may be negative. Throws a RangeError for a
 * response without tokens, other lengths, or a score that is not finite.
 *
 * @example tokenRewards([-1, -2], [-1.5, -2], { score: 1, ended: true }, { klCoef: 0.2 }) // [-0.1, 1]
 */
export function tokenRewards(
  logProbs: ArrayLike<number>,
  refLogProbs: ArrayLike<number>,
  { score, ended }: ScoredResponse,
  { klCoef, missingEosPenalty = 0 }: RewardOptions,
): Float32Array {
  const count = logProbs.length;
  if (count === 0) throw new RangeError("Cannot reward a response: it has no token");
  if (refLogProbs.length !== count) {
    throw new RangeError(`Cannot reward a response of ${count} tokens: the reference scored ${refLogProbs.length}`);
  }
  if (!Number.isFinite(score)) throw new RangeError(`Cannot reward a response: its score is ${score}`);
  const rewards = Float32Array.from({ length: count }, (_, t) => -klCoef * (logProbs[t]! - refLogProbs[t]!));
  rewards[count - 1]! += score - (ended ? 0 : missingEosPenalty);
  return rewards;
}
