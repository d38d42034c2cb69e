import { matrixOf, prngOf, rowOf } from "reclm/core";
import type { Scorer } from "reclm/metrics";

/** Scores drawn at random, the same for a seed, user and item whatever else is ranked. */
export function randomScorer(seed: number): Scorer {
  return {
    scores(users, candidates) {
      const scores = matrixOf(users.length, candidates.length);
      users.forEach((user, r) => {
        const prng = prngOf(seed, "random scores", user);
        const draws = Float32Array.from({ length: (candidates.at(-1) ?? -1) + 1 }, prng);
        const row = rowOf(scores, r);
        candidates.forEach((item, c) => (row[c] = draws[item]!));
      });
      return scores;
    },
  };
}
