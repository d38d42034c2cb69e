// Expected values: test/reference/metrics/metrics_numpy.py (numpy), and closed forms.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { csrOfPairs, matrixOf } from "reclm/core";
import {
  contentScorer,
  easeScorer,
  evaluate,
  expectedRandomAccuracy,
  historyMeanText,
  inverseOfPositive,
  meanTexts,
  popularityScorer,
} from "reclm/metrics";
import { randomScorer } from "./randomScorer";

interface Reference {
  readonly floors: {
    readonly users: number;
    readonly items: number;
    readonly pairs: readonly (readonly [number, number])[];
    readonly text: readonly number[];
    readonly lambda: number;
    readonly ease: readonly number[];
    readonly means: readonly number[];
    readonly cosine: readonly number[];
    readonly centred: readonly number[];
  };
  readonly inverse: { readonly n: number; readonly matrix: readonly number[]; readonly inverse: readonly number[] };
}

const file = join(__dirname, "../../../test/reference/metrics/metrics_numpy.json");
const { floors, inverse } = JSON.parse(readFileSync(file, "utf8")) as Reference;
const { users, items, pairs } = floors;
const train = csrOfPairs(
  users,
  items,
  pairs.map(([u]) => u),
  pairs.map(([, i]) => i),
);
const text = matrixOf(items, 6, Float32Array.from(floors.text));
const everyone = Int32Array.from({ length: users }, (_, u) => u);
const everything = Int32Array.from({ length: items }, (_, i) => i);

function allNear(actual: ArrayLike<number>, expected: readonly number[], tolerance: number): void {
  assert.equal(actual.length, expected.length);
  expected.forEach((value, n) =>
    assert.ok(Math.abs(actual[n]! - value) <= tolerance, `${n}: ${actual[n]}, not ${value}`),
  );
}

test("EASE equals numpy's closed form; items without pairs score 0", async () => {
  const scorer = await easeScorer(train, floors.lambda);
  allNear(scorer.scores(everyone, everything).data, floors.ease, 1e-6);
  assert.deepEqual([...scorer.scores(Int32Array.of(0), Int32Array.of(7)).data], [0]);
  await assert.rejects(easeScorer(train, 0), RangeError);
});

test("the Cholesky inverse equals numpy's, and refuses what is not positive definite", async () => {
  const largest = Math.max(...inverse.inverse.map(Math.abs));
  allNear(await inverseOfPositive(Float64Array.from(inverse.matrix), inverse.n), inverse.inverse, 1e-9 * largest);
  await assert.rejects(inverseOfPositive(Float64Array.of(1, 2, 2, 1), 2), /not positive definite/);
  const stopped = AbortSignal.abort(new Error("stopped"));
  await assert.rejects(inverseOfPositive(Float64Array.of(1), 1, stopped), /stopped/);
});

test("content cosine and history means equal numpy's; a user without history scores 0", () => {
  allNear(historyMeanText(train, text).data, floors.means, 1e-6);
  const three = matrixOf(3, 2, Float32Array.of(1, 2, 3, 4, 5, 8));
  assert.deepEqual([...meanTexts([[2, 0], [], [1]], three).data], [3, 5, 0, 0, 3, 4]);
  allNear(contentScorer(train, text, false).scores(everyone, everything).data, floors.cosine, 1e-6);
  allNear(contentScorer(train, text).scores(everyone, everything).data, floors.centred, 1e-6);
  assert.ok(
    contentScorer(train, text)
      .scores(Int32Array.of(4), everything)
      .data.every((score) => score === 0),
  );
});

test("popularity counts pairs, the same for everybody", () => {
  const scores = popularityScorer(train).scores(Int32Array.of(3, 9), Int32Array.of(0, 7));
  const count = pairs.filter(([, item]) => item === 0).length;
  assert.ok(count > 0);
  assert.deepEqual([...scores.data], [count, 0, count, 0]);
});

test("random scores average to the closed form, and do not depend on what else is ranked", () => {
  const many = 3000;
  const owners = Array.from({ length: many }, (_, u) => u);
  const evaluation = {
    positives: csrOfPairs(many, 100, [...owners, ...owners], [...owners.map(() => 3), ...owners.map(() => 50)]),
    masked: csrOfPairs(many, 100, owners, owners.map(() => 80)), // prettier-ignore
    candidates: Int32Array.from({ length: 90 }, (_, i) => i),
  };
  const expected = expectedRandomAccuracy(evaluation);
  assert.ok(Math.abs(expected.recall20 - 20 / 89) < 1e-12);
  const measured = evaluate(randomScorer(7), evaluation).mean;
  for (const metric of ["recall20", "recall40", "ndcg20", "ndcg40"] as const) {
    assert.ok(Math.abs(measured[metric] - expected[metric]) < 0.03 * expected[metric] + 0.008, metric);
  }
  const scorer = randomScorer(7);
  const [alone] = scorer.scores(Int32Array.of(5), Int32Array.of(40)).data;
  const among = scorer.scores(Int32Array.of(2, 5), Int32Array.of(3, 40, 80)).data;
  assert.equal(among[4], alone);
});
