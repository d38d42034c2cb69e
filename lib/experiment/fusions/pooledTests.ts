import { holm, pairedT } from "../../metrics";
import { settings, settingTitle, type Setting } from "../paper/accuracy";
import { pText } from "../paper/cells";
import type { Ablation } from "../tables/ablationStage";
import { claimVerdict } from "../tables/table1Claims";
import { gatedPairs } from "./gatedAblationStage";

/** One pair of variants over all tuning seeds. */
export interface PooledTest {
  readonly setting: Setting;
  readonly variant: string;
  readonly against: string;
  /** Mean difference of Recall@20 over users, variant minus against. */
  readonly difference: number;
  readonly users: number;
  readonly p: number;
  readonly pHolm: number;
}

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
  const corrected = holm(tests.map(({ p }) => p));
  return tests.map((test, at) => ({ ...test, pHolm: corrected[at]! }));
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

/** The same as a table. */
export function pooledRows(ablations: readonly Ablation[]): readonly Readonly<Record<string, string>>[] {
  return pooledTests(ablations).map((test) => ({
    setting: settingTitle(test.setting),
    claim: `${test.variant} above ${test.against}`,
    "difference R@20": `${test.difference >= 0 ? "+" : ""}${test.difference.toFixed(4)}`,
    users: String(test.users),
    "p (Holm)": pText(test.pHolm),
    verdict: claimVerdict(test),
  }));
}
