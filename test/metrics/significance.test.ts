// Expected values: test/reference/metrics/metrics_numpy.py (scipy.stats), and Holm's steps by hand.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  type AccuracyResult,
  holm,
  meanOverRuns,
  pairedOverUsers,
  pairedT,
  studentCritical,
  studentTwoSided,
} from "reclm/metrics";

interface Reference {
  readonly studentCritical: readonly { readonly df: number; readonly p: number; readonly t: number }[];
  readonly studentT: readonly { readonly t: number; readonly df: number; readonly p: number }[];
  readonly paired: {
    readonly a: readonly number[];
    readonly b: readonly number[];
    readonly t: number;
    readonly p: number;
  };
}

const file = join(__dirname, "../../../test/reference/metrics/metrics_numpy.json");
const { studentT, studentCritical: critical, paired } = JSON.parse(readFileSync(file, "utf8")) as Reference;

test("Student's t equals scipy's", () => {
  for (const { t, df, p } of studentT) {
    const ours = studentTwoSided(t, df);
    assert.ok(Math.abs(ours - p) <= 1e-9 * p + 1e-300, `t ${t}, df ${df}: ${ours}, not ${p}`);
  }
  assert.throws(() => studentTwoSided(1, 0), RangeError);
});

test("critical values of Student's t equal scipy's", () => {
  for (const { df, p, t } of critical) {
    const ours = studentCritical(df, p);
    assert.ok(Math.abs(ours - t) <= 1e-8 * t, `df ${df}, p ${p}: ${ours}, not ${t}`);
  }
  assert.throws(() => studentCritical(0), RangeError);
  assert.throws(() => studentCritical(3, 0), RangeError);
});

test("the paired t-test equals scipy's", () => {
  const result = pairedT(paired.a.map((value, i) => value - paired.b[i]!));
  assert.ok(Math.abs(result.t - paired.t) < 1e-9 * Math.abs(paired.t));
  assert.ok(Math.abs(result.p - paired.p) < 1e-9 * paired.p);
  assert.equal(result.df, 199);
});

test("limits of the t-test", () => {
  assert.equal(pairedT([0, 0, 0]).p, 1);
  // A mean of 0 has a spread all the same: sqrt(10 / 3 / 4).
  assert.ok(Math.abs(pairedT([1, -1, 2, -2]).error - Math.sqrt(10 / 12)) < 1e-15);
  assert.equal(pairedT([0.5, 0.5, 0.5]).p, 0);
  assert.throws(() => pairedT([1]), RangeError);
});

test("Holm's correction, by hand", () => {
  const adjusted = holm([0.01, 0.04, 0.03, 0.005]);
  // 4 x .005, 3 x .01, 2 x .03, then .04 may not fall below the one before it.
  [0.03, 0.06, 0.06, 0.02].forEach((value, i) => assert.ok(Math.abs(adjusted[i]! - value) < 1e-12));
  assert.deepEqual(holm([0.6, 0.7]), [1, 1]);
  assert.deepEqual(holm([]), []);
});

test("pairing needs the same users", () => {
  const of = (users: readonly number[], recall: readonly number[]): AccuracyResult => {
    const values = Float32Array.from(recall);
    return {
      mean: { recall20: 0, recall40: 0, ndcg20: 0, ndcg40: 0 },
      users: Int32Array.from(users),
      perUser: { recall20: values, recall40: values, ndcg20: values, ndcg40: values },
      positives: 1,
      candidates: 1,
    };
  };
  const [a, b, c] = [of([1, 4], [1, 0.5]), of([1, 4], [0.5, 0.5]), of([1, 4], [0, 0.5])];
  // Means over a and b, less c: .75 and 0.
  const { difference, error } = pairedOverUsers([a, b], [c], "recall20");
  assert.deepEqual([difference, error], [0.375, 0.375]);
  assert.deepEqual([...meanOverRuns([of([1, 4], [1, 0.5]), of([1, 4], [0.5, 0.5])], "recall20")], [0.75, 0.5]);
  assert.throws(() => pairedOverUsers([a], [of([1, 5], [0.5, 0.5])], "recall20"), /different users/);
  assert.throws(() => meanOverRuns([], "recall20"), RangeError);
});
