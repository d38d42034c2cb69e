import type { Json } from "../../core";
import { holm, pairedOverUsers, type AccuracyResult, type AccuracyValues } from "../../metrics";
import type { EpochChoice } from "../../recommenders";
import type { Setting } from "../paper/accuracy";
import type { Table1Run, Table1Test } from "./table1";

/** One training of one row, with every test user's accuracy. */
export interface Measured {
  readonly run: Table1Run;
  readonly choice: EpochChoice;
  readonly results: Readonly<Record<Setting, AccuracyResult>>;
}

/** Everything of a training, for the folder of partial work. */
export function jsonOfMeasured({ run, choice, results }: Measured): Json {
  const plain = ({ users, perUser, ...rest }: AccuracyResult) => ({
    ...rest,
    users: Array.from(users),
    perUser: Object.fromEntries(Object.entries(perUser).map(([metric, values]) => [metric, Array.from(values)])),
  });
  const both = { fullShot: plain(results.fullShot), zeroShot: plain(results.zeroShot) };
  return JSON.parse(JSON.stringify({ run, choice, results: both })) as Json;
}

/** The inverse of `jsonOfMeasured`, bit for bit. */
export function measuredOfJson(json: Json): Measured {
  const { run, choice, results } = json as unknown as Omit<Measured, "results"> & {
    readonly results: Readonly<Record<Setting, Plain>>;
  };
  const typed = ({ users, perUser, ...rest }: Plain): AccuracyResult => {
    const { recall20, recall40, ndcg20, ndcg40 } = perUser;
    const columns = {
      recall20: Float32Array.from(recall20),
      recall40: Float32Array.from(recall40),
      ndcg20: Float32Array.from(ndcg20),
      ndcg40: Float32Array.from(ndcg40),
    };
    return { ...rest, users: Int32Array.from(users), perUser: columns };
  };
  return { run, choice, results: { fullShot: typed(results.fullShot), zeroShot: typed(results.zeroShot) } };
}

interface Plain extends Omit<AccuracyResult, "users" | "perUser"> {
  readonly users: readonly number[];
  readonly perUser: AccuracyValues<readonly number[]>;
}

/** Augmented against Base and against every control, paired over test users, Holm over the whole table. */
export function table1Tests(measured: readonly Measured[]): readonly Table1Test[] {
  return pairedTests(measured, (variants) => {
    const augmented = variants.find((variant) => variant.startsWith("Augmented"))!;
    const others = variants.filter((variant) => variant !== augmented && !variant.startsWith("oracle"));
    return others.map((against) => [augmented, against]);
  });
}

/**
 * Differences in Recall@20 (averaged over seeds first) between the pairs of variants that `pairsOf` names, for each recommender and
 * setting: paired t over test users, Holm over all of them.
 */
export function pairedTests(
  measured: readonly Measured[],
  pairsOf: (variants: readonly string[]) => readonly (readonly [variant: string, against: string])[],
): readonly Table1Test[] {
  const tests: Omit<Table1Test, "pHolm">[] = [];
  const names = [...new Set(measured.map(({ run }) => run.recommender))];
  for (const recommender of names) {
    const own = measured.filter(({ run }) => run.recommender === recommender);
    const pairs = pairsOf([...new Set(own.map(({ run }) => run.variant))]);
    for (const setting of ["fullShot", "zeroShot"] as const) {
      const resultsOf = (variant: string): readonly AccuracyResult[] =>
        own.filter(({ run }) => run.variant === variant).map(({ results }) => results[setting]);
      for (const [variant, against] of pairs) {
        const { difference, n, p } = pairedOverUsers(resultsOf(variant), resultsOf(against), "recall20");
        tests.push({ recommender, setting, variant, against, difference, users: n, p });
      }
    }
  }
  return withHolm(tests);
}

/** The tests with Holm's correction over all of them. */
export function withHolm<T extends { readonly p: number }>(tests: readonly T[]): readonly (T & { pHolm: number })[] {
  const corrected = holm(tests.map(({ p }) => p));
  return tests.map((test, at) => ({ ...test, pHolm: corrected[at]! }));
}
