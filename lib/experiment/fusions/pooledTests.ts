import { pairedT } from "../../metrics";
import { settings, type Setting } from "../paper/accuracy";
import type { Ablation } from "../tables/ablationStage";
import type { Table1Test } from "../tables/table1";
import { withHolm } from "../tables/table1Tests";
import { gatedPairs } from "./gatedAblationStage";

/** One pair of variants over all tuning seeds. */
export type PooledTest = Omit<Table1Test, "recommender">;

/**
 * The pairs over all tuning seeds: a user's difference is the mean over the runs that test this user, since the same people stand in
 * each; then paired t over users, Holm over all pairs and settings. It says how sure a difference is for these seeds' words, not
 * for those of a further one.
 */
export function pooledTests(ablations: readonly Ablation[]): readonly PooledTest[] {
  const tests = settings.flatMap((setting) =>
    gatedPairs.flatMap(([variant, against]) => {
      const differences = userDifferences(ablations, setting, variant, against);
      if (differences.length < 2) return [];
      const { difference, n, p } = pairedT(differences);
      return [{ setting, variant, against, difference, users: n, p }];
    }),
  );
  return withHolm(tests);
}

function userDifferences(
  ablations: readonly Ablation[],
  setting: Setting,
  variant: string,
  against: string,
): readonly number[] {
  const ofUser = new Map<string, number[]>();
  for (const { recalls } of ablations) {
    const { users, values } = recalls?.[setting] ?? { users: [], values: {} };
    const [ours, theirs] = [values[variant], values[against]];
    if (!ours || !theirs) continue;
    users.forEach((user, at) => ofUser.set(user, [...(ofUser.get(user) ?? []), ours[at]! - theirs[at]!]));
  }
  return Array.from(ofUser.values(), (own) => own.reduce((sum, value) => sum + value, 0) / own.length);
}
