import type { ProfileSet } from "../data";

/** How far a set of profiles reaches. Those without a profile get no words at all; fusion gives them a zero vector. */
export interface Coverage {
  readonly total: number;
  readonly written: number;
  /** written / total, 0..1; 0 of 0 is 0. */
  readonly share: number;
  readonly missing: readonly number[];
}

/** Counts who has a profile. */
export function coverageOf(set: ProfileSet): Coverage {
  const missing = set.profiles.flatMap((profile, index) => (profile ? [] : [index]));
  const total = set.profiles.length;
  const count = total - missing.length;
  return { total, written: count, share: total > 0 ? count / total : 0, missing };
}
