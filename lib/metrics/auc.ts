/** How well scores tell two classes apart. */
export interface Discrimination {
  /** Chance that a positive's score is above a negative's, ties half: 0..1, 0.5 for scores that know nothing. */
  readonly auc: number;
  /** Of `auc`. */
  readonly error: number;
  /** auc -+ 1.96 errors, within 0..1. */
  readonly low: number;
  readonly high: number;
}

/**
 * The area under the ROC curve with its standard error (DeLong, DeLong and Clarke-Pearson 1988).
 *
 * @throws RangeError with fewer than two of either class
 * @example discrimination([3, 1, 2, 0], [true, true, false, false]).auc // 0.75
 */
export function discrimination(scores: ArrayLike<number>, isPositive: ArrayLike<boolean>): Discrimination {
  const [positives, negatives]: [number[], number[]] = [[], []];
  for (let i = 0; i < scores.length; i++) (isPositive[i] ? positives : negatives).push(scores[i]!);
  const [m, n] = [positives.length, negatives.length];
  if (m < 2 || n < 2) throw new RangeError(`Cannot tell ${m} positives from ${n} negatives: two of each are needed`);
  const won = new Float64Array(m);
  const lost = new Float64Array(n);
  positives.forEach((high, i) =>
    negatives.forEach((low, j) => {
      const wins = high > low ? 1 : high === low ? 0.5 : 0;
      won[i]! += wins / n;
      lost[j]! += wins / m;
    }),
  );
  const auc = won.reduce((sum, share) => sum + share, 0) / m;
  const variance = (shares: Float64Array): number =>
    shares.reduce((sum, share) => sum + (share - auc) ** 2, 0) / (shares.length - 1);
  const error = Math.sqrt(variance(won) / m + variance(lost) / n);
  return { auc, error, low: Math.max(0, auc - 1.96 * error), high: Math.min(1, auc + 1.96 * error) };
}
