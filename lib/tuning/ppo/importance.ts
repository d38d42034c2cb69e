/** How the learner's log-probabilities correct for a sampler that computes others. */
export interface ImportanceOptions {
  /** "token": p / q of each token; "sequence": the product over the response, on each of its tokens. */
  readonly level: "token" | "sequence";
  /** Largest weight. */
  readonly cap: number;
}

/**
 * Truncated importance weights of one response, min(cap, p / q): p the learner's probability when the response was drawn, q the
 * sampler's [T]; they multiply the policy loss and have no gradient.
 *
 * Per token as in verl, OpenRLHF and Yao et al. 2025 (little variance, some bias); per sequence is unbiased below the cap and
 * noisy.
 *
 * @example importanceWeights([-1, -2], [-1.1, -4], { level: "token", cap: 2 }) // [1.105, 2]
 */
export function importanceWeights(
  logProbs: ArrayLike<number>,
  samplerLogProbs: ArrayLike<number>,
  { level, cap }: ImportanceOptions,
): Float32Array {
  const count = logProbs.length;
  if (samplerLogProbs.length !== count) {
    throw new RangeError(`Cannot weight ${count} tokens: the sampler gave ${samplerLogProbs.length} log-probabilities`);
  }
  const differences = Array.from({ length: count }, (_, t) => logProbs[t]! - samplerLogProbs[t]!);
  const weightOf = (difference: number): number => Math.min(cap, Math.exp(difference));
  if (level === "token") return Float32Array.from(differences, weightOf);
  return new Float32Array(count).fill(weightOf(differences.reduce((sum, difference) => sum + difference, 0)));
}
