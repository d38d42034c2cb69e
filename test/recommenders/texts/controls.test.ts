// The oracle's expected values: test/reference/recommenders/propagation_scipy.py (numpy's SVD).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { csrOfPairs, matrixOf, prngOf } from "reclm/core";
import { constantRows, dotProducts, oracleItemProfiles, shuffledRows } from "reclm/recommenders";

const profiles = matrixOf(5, 2, Float32Array.of(1, 1, 2, 2, 3, 3, 4, 4, 10, 20));

test("shuffled profiles are the same profiles, none with its owner, the same for a seed", () => {
  for (let seed = 0; seed < 50; seed++) {
    const dealt = shuffledRows(profiles, prngOf(seed, "shuffle"));
    const firsts = Array.from({ length: 5 }, (_, r) => dealt.data[2 * r]!);
    assert.deepEqual([...firsts].sort((a, b) => a - b), [1, 2, 3, 4, 10]); // prettier-ignore
    firsts.forEach((value, r) => assert.notEqual(value, profiles.data[2 * r]));
    assert.deepEqual(shuffledRows(profiles, prngOf(seed, "shuffle")), dealt);
  }
  assert.equal(profiles.data[0], 1);
});

test("rows that are not named keep theirs", () => {
  const dealt = shuffledRows(profiles, prngOf(1, "shuffle"), [1, 3]);
  assert.deepEqual([...dealt.data], [1, 1, 4, 4, 3, 3, 2, 2, 10, 20]);
  assert.throws(() => shuffledRows(profiles, prngOf(1, "shuffle"), [2]), RangeError);
});

test("the constant profile is the mean", () => {
  const constant = constantRows(profiles);
  assert.equal(constant.rows, 5);
  for (let r = 0; r < 5; r++) assert.deepEqual([...constant.data.subarray(2 * r, 2 * r + 2)], [4, 6]);
  assert.throws(() => constantRows(matrixOf(0, 2)), RangeError);
});

test("oracle profiles have the cosines of numpy's leading singular vectors", async () => {
  const file = join(__dirname, "../../../../test/reference/recommenders/propagation_scipy.json");
  const reference = JSON.parse(readFileSync(file, "utf8")) as {
    readonly users: number;
    readonly items: number;
    readonly pairs: readonly (readonly [number, number])[];
    readonly oracleWidth: number;
    readonly oracleCosine: readonly number[];
  };
  const [rows, columns] = [reference.pairs.map(([u]) => u), reference.pairs.map(([, i]) => i)] as const;
  const pairs = csrOfPairs(reference.users, reference.items, rows, columns);
  const profiles = await oracleItemProfiles(pairs, reference.oracleWidth, prngOf(1, "oracle"));
  const cosines = dotProducts(profiles, profiles).data;
  reference.oracleCosine.forEach((value, n) =>
    assert.ok(Math.abs(cosines[n]! - value) < 1e-3, `${cosines[n]}, not ${value}`),
  );
  await assert.rejects(oracleItemProfiles(pairs, 0, prngOf(1, "oracle")), RangeError);
  const empty = await oracleItemProfiles(csrOfPairs(2, 4, [], []), 2, prngOf(1, "oracle"));
  assert.ok(empty.data.every((value) => value === 0));
});
