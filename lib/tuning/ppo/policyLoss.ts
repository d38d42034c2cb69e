/** What one token of a response brings to the policy loss: [T] each. */
export interface PolicyTokens {
  /** log p now. */
  readonly logProbs: ArrayLike<number>;
  /** log p when the response was drawn. */
  readonly oldLogProbs: ArrayLike<number>;
  readonly advantages: ArrayLike<number>;
  /** Importance weights; default 1. */
  readonly weights?: ArrayLike<number>;
}

/** The clipped policy loss; every mean is over tokens. */
export interface PolicyLoss {
  readonly loss: number;
  /** [T] d loss / d log p. */
  readonly derivatives: Float32Array;
  /** Share of tokens whose gradient the clip took away. */
  readonly clipShare: number;
  /** Mean of (log ratio)^2 / 2, in nats; at least 0. */
  readonly approxKl: number;
  /** Mean of old - new log p, in nats; may be negative. */
  readonly policyKl: number;
  readonly meanRatio: number;
  readonly maxRatio: number;
}

/**
 * PPO's clipped loss, the mean of w max(-A ratio, -A clip(ratio, 1 - clipCoef, 1 + clipCoef)), ratio = p / p_old (Schulman et
 * al. 2017, Eq. 7), with its derivatives.
 *
 * `tokens` divides the sums; default T. With the count of a larger mini-batch, losses and shares of its parts add up.
 *
 * @example policyLoss({ logProbs, oldLogProbs, advantages }, { clipCoef: 0.2 }).derivatives
 */
export function policyLoss(
  { logProbs, oldLogProbs, advantages, weights }: PolicyTokens,
  { clipCoef, tokens = logProbs.length }: { readonly clipCoef: number; readonly tokens?: number },
): PolicyLoss {
  const derivatives = new Float32Array(logProbs.length);
  const sums = { loss: 0, clipped: 0, squares: 0, differences: 0, ratios: 0 };
  let maxRatio = 0;
  for (let t = 0; t < logProbs.length; t++) {
    const difference = logProbs[t]! - oldLogProbs[t]!;
    const ratio = Math.exp(difference);
    const advantage = (weights?.[t] ?? 1) * advantages[t]!;
    const plain = -advantage * ratio;
    const clipped = -advantage * Math.min(Math.max(ratio, 1 - clipCoef), 1 + clipCoef);
    if (clipped > plain) sums.clipped += 1;
    else derivatives[t] = plain / tokens;
    sums.loss += Math.max(plain, clipped);
    sums.squares += difference ** 2;
    sums.differences -= difference;
    sums.ratios += ratio;
    maxRatio = Math.max(maxRatio, ratio);
  }
  return {
    loss: sums.loss / tokens,
    derivatives,
    clipShare: sums.clipped / tokens,
    approxKl: sums.squares / 2 / tokens,
    policyKl: sums.differences / tokens,
    meanRatio: sums.ratios / tokens,
    maxRatio,
  };
}
