// Expected values: fractions by hand, and test/reference/metrics/metrics_numpy.py (numpy, ties by lower item).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { csrOfPairs, gatherRows, matrixOf } from "reclm/core";
import type { Evaluation } from "reclm/data";
import { accuracyOf, evaluate, keepBest, rank, type Scorer } from "reclm/metrics";

type Pairs = readonly (readonly [number, number])[];

interface Reference {
  readonly users: number;
  readonly items: number;
  readonly scores: readonly number[];
  readonly candidates: readonly number[];
  readonly positives: Pairs;
  readonly masked: Pairs;
  readonly rankedUsers: readonly number[];
  readonly ranked: readonly (readonly number[])[];
  readonly values: Readonly<Record<"recall20" | "recall40" | "ndcg20" | "ndcg40", readonly number[]>>;
}

const file = join(__dirname, "../../../test/reference/metrics/metrics_numpy.json");
const reference = (JSON.parse(readFileSync(file, "utf8")) as { readonly ranking: Reference }).ranking;

function csr(rows: number, cols: number, pairs: Pairs) {
  return csrOfPairs(
    rows,
    cols,
    pairs.map(([r]) => r),
    pairs.map(([, c]) => c),
  );
}

/** A scorer that reads a table [users, items]. */
function tableScorer(items: number, values: readonly number[]): Scorer {
  const table = matrixOf(values.length / items, items, Float32Array.from(values));
  return {
    scores(users, candidates) {
      const rows = gatherRows(table, users);
      const scores = matrixOf(users.length, candidates.length);
      users.forEach((_, r) =>
        candidates.forEach((item, c) => (scores.data[r * scores.cols + c] = rows.data[r * items + item]!)),
      );
      return scores;
    },
  };
}

function evaluationOf(
  users: number,
  items: number,
  positives: Pairs,
  masked: Pairs = [],
  candidates?: readonly number[],
): Evaluation {
  return {
    positives: csr(users, items, positives),
    masked: csr(users, items, masked),
    candidates: Int32Array.from(candidates ?? Array.from({ length: items }, (_, i) => i)),
  };
}

/** Accuracy of one user with these positives among fifty items, which are ranked in their order. */
function inOrder(...positives: readonly number[]) {
  const scores = Array.from({ length: 50 }, (_, item) => -item);
  return evaluate(tableScorer(50, scores), evaluationOf(1, 50, positives.map((item) => [0, item] as const))).mean; // prettier-ignore
}

const near = (found: number, expected: number): void =>
  assert.ok(Math.abs(found - expected) < 1e-6, `${found}, expected ${expected}`);

test("recall divides by all positives, not by k", () => {
  const many = inOrder(...Array.from({ length: 25 }, (_, item) => item));
  near(many.recall20, 20 / 25);
  assert.equal(many.recall40, 1);
  assert.equal(inOrder(0, 45).recall40, 1 / 2);
  assert.equal(inOrder(45).recall40, 0);
});

test("NDCG's ideal is min(positives, k) hits at the top", () => {
  assert.equal(inOrder(...Array.from({ length: 25 }, (_, item) => item)).ndcg20, 1);
  near(inOrder(1).ndcg20, 1 / Math.log2(3));
  const [first, second, third] = [1, 1 / Math.log2(3), 1 / 2] as const;
  near(inOrder(0, 2).ndcg20, (first + third) / (first + second));
});

test("rankings with ties, masks and short lists equal numpy's", () => {
  const evaluation = evaluationOf(
    reference.users,
    reference.items,
    reference.positives,
    reference.masked,
    reference.candidates,
  );
  const scorer = tableScorer(reference.items, reference.scores);
  const ranking = rank(scorer, evaluation, 40);
  assert.deepEqual([...ranking.users], reference.rankedUsers);
  reference.ranked.forEach((expected, row) => {
    assert.deepEqual([...ranking.items.subarray(row * 40, (row + 1) * 40)], expected, `user ${ranking.users[row]}`);
  });
  const result = evaluate(scorer, evaluation);
  for (const metric of ["recall20", "recall40", "ndcg20", "ndcg40"] as const) {
    const expected = reference.values[metric];
    assert.ok(expected.some((value) => value > 0 && value < 1));
    result.perUser[metric].forEach((value, row) =>
      assert.ok(Math.abs(value - expected[row]!) < 1e-6, `${metric}, row ${row}`),
    );
    const mean = expected.reduce((sum, value) => sum + value, 0) / expected.length;
    assert.ok(Math.abs(result.mean[metric] - mean) < 1e-7);
  }
  assert.equal(result.positives, reference.positives.length);
});

test("blocks of users do not change a ranking", () => {
  const users = 2500;
  const scorer: Scorer = {
    scores: (some, candidates) => {
      const data = new Float32Array(some.length * candidates.length);
      some.forEach((user, r) =>
        candidates.forEach((item, c) => (data[r * candidates.length + c] = (user * 7 + item * 13) % 50)),
      );
      return matrixOf(some.length, candidates.length, data);
    },
  };
  const evaluation = evaluationOf(
    users,
    50,
    Array.from({ length: users }, (_, u) => [u, 0] as const),
  );
  const whole = rank(scorer, evaluation, 40);
  const single = rank(scorer, evaluation, 40, Int32Array.of(2077));
  assert.deepEqual([...single.items], [...whole.items.subarray(2077 * 40, 2078 * 40)]);
});

test("limits: users without positives, one item, k above the candidates, all masked", () => {
  const scorer = tableScorer(3, [3, 2, 1, 1, 2, 3]);
  const one = evaluate(scorer, evaluationOf(2, 3, [[1, 2]]));
  assert.deepEqual([...one.users], [1]);
  assert.deepEqual(one.mean, { recall20: 1, recall40: 1, ndcg20: 1, ndcg40: 1 });
  const single = evaluate(scorer, evaluationOf(2, 3, [[0, 1]], [], [1]));
  assert.equal(single.mean.recall20, 1);
  const hidden = rank(scorer, evaluationOf(2, 3, [[0, 1]], [[1, 0], [1, 1], [1, 2]]), 40, Int32Array.of(1)); // prettier-ignore
  assert.ok(hidden.items.every((item) => item === -1));
  assert.throws(() => evaluate(scorer, evaluationOf(2, 3, [])), /none has a held-out positive/);
  assert.throws(() => rank(scorer, evaluationOf(2, 3, [[0, 1]]), 0), RangeError);
  assert.throws(
    () => accuracyOf(rank(scorer, evaluationOf(2, 3, [[0, 1]]), 20), evaluationOf(2, 3, [[0, 1]])),
    RangeError,
  );
});

test("what could never be found or ranked is refused", () => {
  const scorer = tableScorer(3, [3, 2, 1, 1, 2, 3]);
  assert.throws(() => evaluate(scorer, evaluationOf(2, 3, [[0, 1]], [[0, 1]])), /is masked/);
  assert.throws(() => evaluate(scorer, evaluationOf(2, 3, [[0, 1]], [], [0, 2])), /is not a candidate/);
  assert.throws(() => evaluate(scorer, evaluationOf(2, 3, [[0, 1]], [], [2, 1])), /ascending/);
  assert.throws(() => evaluate(tableScorer(3, [NaN, 1, 2, 0, 0, 0]), evaluationOf(2, 3, [[0, 1]])), /NaN/);
});

test("equal scores keep the lower column, however late the better ones come", () => {
  const best = new Int32Array(3);
  keepBest(Float32Array.of(1, 1, 1, 2, 1, 2), undefined, undefined, best, new Float32Array(3));
  assert.deepEqual([...best], [3, 5, 0]);
});
