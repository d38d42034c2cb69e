// Expected: test/reference/recommenders/late_head_numpy.py (numpy); blends by hand.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { csrOfPairs, matrixOf, rowOf, type Matrix } from "reclm/core";
import type { Scorer } from "reclm/metrics";
import { coldBlend, headInputs, lateHead, principalRows } from "reclm/recommenders";

interface Reference {
  readonly users: number;
  readonly items: number;
  readonly pairs: readonly (readonly [number, number])[];
  readonly profiles: readonly (readonly number[])[];
  readonly texts: readonly (readonly number[])[];
  readonly itemProfiles: readonly (readonly number[])[];
  readonly scores: Readonly<Record<string, readonly number[]>>;
  readonly rows: readonly (readonly number[])[];
  readonly k: number;
  readonly inner: readonly (readonly number[])[];
}

const path = join(__dirname, "../../../../test/reference/recommenders/late_head_numpy.json");
const reference = JSON.parse(readFileSync(path, "utf8")) as Reference;
const matrix = (rows: readonly (readonly number[])[]): Matrix =>
  matrixOf(rows.length, rows[0]!.length, Float32Array.from(rows.flat()));
const indices = (n: number): Int32Array => Int32Array.from({ length: n }, (_, at) => at);

test("the head's scores are numpy's for every pair of penalties, also of items without a pair", async () => {
  const { users, items, pairs } = reference;
  const train = csrOfPairs(
    users,
    items,
    pairs.map(([user]) => user),
    pairs.map(([, item]) => item),
  );
  const inputs = [
    headInputs([matrix(reference.profiles)]),
    headInputs([reference.texts, reference.itemProfiles].map(matrix)),
  ];
  const head = await lateHead(train, inputs[0]!, inputs[1]!);
  for (const [key, expected] of Object.entries(reference.scores)) {
    const [user, item] = key.split(",").map(Number);
    const { data } = head.scorer({ user: user!, item: item! }).scores(indices(users), indices(items));
    expected.forEach((score, at) =>
      assert.ok(Math.abs(data[at]! - score) < 1e-5, `${key}, ${at}: ${data[at]}, ${score}`),
    );
  }
  assert.throws(() => head.scorer({ user: 0, item: 1 }), { name: "RangeError", message: /above 0/ });
  await assert.rejects(lateHead(train, inputs[1]!, inputs[1]!), { name: "RangeError", message: /Cannot fit a head/ });
});

test("principal rows have numpy's inner products; rows without a profile stay zeros", async () => {
  const found = await principalRows(matrix(reference.rows), reference.k);
  reference.inner.forEach((row, a) =>
    row.forEach((value, b) => {
      const product = rowOf(found, a).reduce((sum, entry, c) => sum + entry * rowOf(found, b)[c]!, 0);
      assert.ok(Math.abs(product - value) < 1e-4, `${a}, ${b}: ${product}, ${value}`);
    }),
  );
});

test("a blend standardises over a user's candidates and helps cold items alone", () => {
  const scorerOf = (row: readonly number[]): Scorer => ({ scores: () => matrixOf(1, 3, Float32Array.from(row)) });
  const blend = coldBlend(scorerOf([1, 2, 3]), scorerOf([0, 0, 3]), 2, Int32Array.of(2));
  // z(main) = -1.2247, 0, 1.2247; z(head) of item 2 = 1.4142.
  const { data } = blend.scores(Int32Array.of(0), indices(3));
  [-1.224745, 0, 1.224745 + 2 * 1.414214].forEach((value, at) => assert.ok(Math.abs(data[at]! - value) < 1e-5));
});

test("head inputs are [1, 2 A, 2 B]", () => {
  assert.deepEqual([...headInputs([matrix([[1, 2]]), matrix([[3]])]).data], [1, 2, 4, 6]);
  assert.throws(() => headInputs([]), RangeError);
});
