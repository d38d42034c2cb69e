/** How the learning rate goes on after its warm-up. */
export type Schedule = "constant" | "linear" | "cosine";

/**
 * The learning rate of step `step` (from 0): a linear warm-up from 0 over `warmupSteps`, then constant, falling linearly to 0
 * at `totalSteps`, or half a cosine to 0; equal to transformers' schedules with warm-up (transformers, optimization.py).
 *
 * @example learningRateAt("linear", 1e-3, 50, 100, 0) // 1e-3 / 2
 */
export function learningRateAt(
  schedule: Schedule,
  peak: number,
  step: number,
  totalSteps: number,
  warmupSteps: number,
): number {
  if (step < warmupSteps) return (peak * step) / Math.max(1, warmupSteps);
  const progress = Math.min(1, (step - warmupSteps) / Math.max(1, totalSteps - warmupSteps));
  switch (schedule) {
    case "constant":
      return peak;
    case "linear":
      return peak * (1 - progress);
    case "cosine":
      return (peak * (1 + Math.cos(Math.PI * progress))) / 2;
    default:
      throw new RangeError(
        `Cannot use the schedule ${String(schedule satisfies never)}: constant, linear and cosine are known`,
      );
  }
}
