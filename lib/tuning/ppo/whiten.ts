/**
 * Values shifted to mean 0 and scaled to unbiased variance 1, (x - mean) / sqrt(variance + 1e-8); with `shiftMean` false the mean
 * is added back, as rewards are whitened (TRL 0.7.9, `masked_whiten`).
 *
 * One value has no unbiased variance (0 / 0 there); here it counts as 0, so a lone value, and equal ones to rounding, become 0 (their
 * mean with `shiftMean` false).
 *
 * @example whiten([1, 3]) // [-0.7071, 0.7071]
 */
export function whiten(values: ArrayLike<number>, options: { readonly shiftMean?: boolean } = {}): Float32Array {
  const count = values.length;
  const all = Array.from(values);
  const mean = all.reduce((sum, value) => sum + value, 0) / count;
  const squares = all.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const variance = count > 1 ? squares / (count - 1) : 0;
  const scale = 1 / Math.sqrt(variance + 1e-8);
  const kept = (options.shiftMean ?? true) ? 0 : mean;
  return Float32Array.from(all, (value) => (value - mean) * scale + kept);
}
