import { prngOf, randomInt } from "reclm/core";

/** The middle of some numbers. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length / 2;
  return sorted.length % 2 === 1 ? sorted[Math.floor(half)] : (sorted[half - 1] + sorted[half]) / 2;
}

/** The median with its 95% percentile interval from 10,000 seeded bootstrap samples. */
export function medianInterval(values, samples = 10_000) {
  const prng = prngOf(1, "bench", "bootstrap");
  const medians = Array.from({ length: samples }, () =>
    median(values.map(() => values[randomInt(prng, values.length)])),
  ).sort((a, b) => a - b);
  const at = (share) => medians[Math.round(share * (samples - 1))];
  return { median: median(values), low: at(0.025), high: at(0.975) };
}
