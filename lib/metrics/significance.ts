import type { AccuracyResult, AccuracyValues } from "./accuracy";
import { studentTwoSided } from "./studentT";

/** A paired t-test. */
export interface PairedTest {
  /** Mean difference. */
  readonly difference: number;
  /** Standard error of the mean difference. */
  readonly error: number;
  /** Pairs. */
  readonly n: number;
  readonly t: number;
  readonly df: number;
  /** Two-sided, uncorrected. */
  readonly p: number;
}

/**
 * The paired t-test over users of two lists of results (seeds), each user's values averaged over a list first.
 *
 * @throws RangeError unless all were measured on the same users
 */
export function pairedOverUsers(
  ours: readonly AccuracyResult[],
  theirs: readonly AccuracyResult[],
  metric: keyof AccuracyValues<number>,
): PairedTest {
  const [a, b] = [meanOverRuns(ours, metric), meanOverRuns(theirs, metric)];
  if (!sameUsers(ours[0]!, theirs[0]!)) {
    throw new RangeError("Cannot pair two results: they were measured on different users");
  }
  return pairedT(a.map((value, row) => value - b[row]!));
}

function sameUsers(a: AccuracyResult, b: AccuracyResult): boolean {
  return a.users.length === b.users.length && a.users.every((user, row) => user === b.users[row]);
}

/** Mean of each user's values over several results (seeds) of the same users. */
export function meanOverRuns(results: readonly AccuracyResult[], metric: keyof AccuracyValues<number>): Float64Array {
  const first = results[0];
  if (!first) throw new RangeError("Cannot average no results");
  const sums = new Float64Array(first.users.length);
  for (const result of results) {
    if (!sameUsers(result, first)) {
      throw new RangeError("Cannot average results: they were measured on different users");
    }
    result.perUser[metric].forEach((value, row) => (sums[row]! += value / results.length));
  }
  return sums;
}

/**
 * Student's paired t-test of differences (over users, or over folds): t = mean / (sd / sqrt(n)), n - 1 degrees of freedom.
 *
 * Differences that are all 0 give p = 1; other constants give an infinite t and p = 0.
 */
export function pairedT(differences: ArrayLike<number>): PairedTest {
  const n = differences.length;
  if (n < 2) throw new RangeError(`Cannot test ${n} differences: at least two are needed`);
  let sum = 0;
  for (let i = 0; i < n; i++) sum += differences[i]!;
  const difference = sum / n;
  let squares = 0;
  for (let i = 0; i < n; i++) squares += (differences[i]! - difference) ** 2;
  const error = Math.sqrt(squares / (n - 1) / n);
  if (difference === 0) return { difference, error, n, t: 0, df: n - 1, p: 1 };
  const t = difference / error;
  return { difference, error, n, t, df: n - 1, p: studentTwoSided(t, n - 1) };
}

/**
 * Holm's step-down correction (1979): adjusted p-values in the order given, each at most 1.
 *
 * @example holm([0.01, 0.04, 0.03]) // [0.03, 0.06, 0.06]
 */
export function holm(values: readonly number[]): readonly number[] {
  const order = values.map((_, i) => i).sort((a, b) => values[a]! - values[b]! || a - b);
  const adjusted = new Array<number>(values.length);
  let largest = 0;
  order.forEach((place, position) => {
    largest = Math.max(largest, Math.min(1, (values.length - position) * values[place]!));
    adjusted[place] = largest;
  });
  return adjusted;
}
