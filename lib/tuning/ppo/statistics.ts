/** Mean over all tokens of all responses: [T] each. */
export function tokenMean(responses: readonly ArrayLike<number>[]): number {
  let sum = 0;
  let count = 0;
  for (const values of responses) {
    for (let t = 0; t < values.length; t++) sum += values[t]!;
    count += values.length;
  }
  return sum / count;
}

/**
 * Mean over responses of the summed log p - log p_ref, in nats: the k1 estimate of the policy's divergence from its reference.
 *
 * A negative mean says that the responses were not drawn from the distribution that is scored.
 */
export function meanSequenceKl(
  logProbs: readonly ArrayLike<number>[],
  refLogProbs: readonly ArrayLike<number>[],
): number {
  let sum = 0;
  logProbs.forEach((response, b) => {
    for (let t = 0; t < response.length; t++) sum += response[t]! - refLogProbs[b]![t]!;
  });
  return sum / logProbs.length;
}

/** 1 - var(returns - values) / var(returns), at most 1; null when the returns do not vary. */
export function explainedVariance(values: ArrayLike<number>, returns: ArrayLike<number>): number | null {
  const errors = Array.from(returns, (value, t) => value - values[t]!);
  const total = variance(Array.from(returns));
  return total > 0 ? 1 - variance(errors) / total : null;
}

function variance(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
}
