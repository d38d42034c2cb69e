import assert from "node:assert/strict";
import { test } from "node:test";
import { matrixOf, prngOf } from "reclm/core";
import { constantRows, shuffledRows } from "reclm/recommenders";

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
