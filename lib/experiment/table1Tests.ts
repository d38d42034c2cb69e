import { holm, meanOverRuns, pairedT, type AccuracyResult } from "../metrics";
import type { EpochChoice } from "../recommenders";
import type { Setting, Table1Run, Table1Test } from "./table1";

/** One training of one row, with every test user's accuracy. */
export interface Measured {
  readonly run: Table1Run;
  readonly choice: EpochChoice;
  readonly results: Readonly<Record<Setting, AccuracyResult>>;
}

/** Augmented against Base and against every control, paired over test users, Holm over the whole table. */
export function table1Tests(measured: readonly Measured[]): readonly Table1Test[] {
  const tests: Omit<Table1Test, "pHolm">[] = [];
  const names = [...new Set(measured.map(({ run }) => run.recommender))];
  for (const recommender of names) {
    const own = measured.filter(({ run }) => run.recommender === recommender);
    const variants = [...new Set(own.map(({ run }) => run.variant))];
    const augmented = variants.find((variant) => variant.startsWith("Augmented"))!;
    for (const setting of ["fullShot", "zeroShot"] as const) {
      const valuesOf = (variant: string): Float64Array =>
        meanOverRuns(
          own.filter(({ run }) => run.variant === variant).map(({ results }) => results[setting]),
          "recall20",
        );
      const ours = valuesOf(augmented);
      for (const against of variants.filter((variant) => variant !== augmented && !variant.startsWith("oracle"))) {
        const theirs = valuesOf(against);
        const { difference, n, p } = pairedT(ours.map((value, user) => value - theirs[user]!));
        tests.push({ recommender, setting, variant: augmented, against, difference, users: n, p });
      }
    }
  }
  const corrected = holm(tests.map(({ p }) => p));
  return tests.map((test, at) => ({ ...test, pHolm: corrected[at]! }));
}
