import assert from "node:assert/strict";
import { test } from "node:test";
import { prngOf, randomInt, shuffled } from "reclm/core";
import { preferenceSplit } from "reclm/prompts";

test("no user is in two parts, none is lost, and the parts are 40, 20 and 40% up to rounding", () => {
  const prng = prngOf(3, "split sizes");
  for (let round = 0; round < 300; round++) {
    const size = randomInt(prng, round < 100 ? 12 : 1000);
    const users = shuffled(
      Array.from({ length: size }, (_, user) => 3 * user + 1),
      prng,
    );
    const { reward, evaluation, policy } = preferenceSplit(users, round);
    const together = [...reward, ...evaluation, ...policy];
    assert.equal(new Set(together).size, together.length);
    assert.deepEqual(
      together.sort((a, b) => a - b),
      users.slice().sort((a, b) => a - b),
    );
    assert.ok(Math.abs(reward.length - 0.4 * size) <= 0.5, `${reward.length} of ${size}`);
    assert.ok(Math.abs(evaluation.length - 0.2 * size) <= 0.5, `${evaluation.length} of ${size}`);
    assert.ok(Math.abs(policy.length - 0.4 * size) <= 1, `${policy.length} of ${size}`);
    if (size >= 3) assert.ok(Math.min(reward.length, evaluation.length, policy.length) > 0, `an empty part of ${size}`);
  }
});

test("sizes by hand: halves go up, the policy has the rest", () => {
  const sizes = (size: number): number[] => {
    const { reward, evaluation, policy } = preferenceSplit(
      Array.from({ length: size }, (_, user) => user),
      1,
    );
    return [reward.length, evaluation.length, policy.length];
  };
  assert.deepEqual([0, 1, 2, 3, 5, 7, 8, 40, 943].map(sizes), [
    [0, 0, 0],
    [0, 0, 1],
    [1, 0, 1],
    [1, 1, 1],
    [2, 1, 2],
    [3, 1, 3],
    [3, 2, 3],
    [16, 8, 16],
    [377, 189, 377],
  ]);
});

test("the split is a function of the set of users and the seed", () => {
  const users = Array.from({ length: 60 }, (_, user) => user);
  const split = preferenceSplit(users, 5);
  assert.deepEqual(preferenceSplit(users.slice().reverse(), 5), split);
  assert.notDeepEqual(preferenceSplit(users, 6), split);
  for (const part of Object.values(split) as number[][]) {
    assert.deepEqual(
      part,
      part.slice().sort((a, b) => a - b),
    );
  }
  assert.throws(() => preferenceSplit([1, 2, 1], 5), /only 2 of them are different/);
});

test("every user is in every part about as often as its share", () => {
  const counts = new Map<number, number>();
  const users = Array.from({ length: 10 }, (_, user) => user);
  for (let seed = 0; seed < 1000; seed++) {
    for (const user of preferenceSplit(users, seed).evaluation) counts.set(user, (counts.get(user) ?? 0) + 1);
  }
  // 1000 draws of probability 0.2 have a standard deviation of 12.6.
  for (const user of users) assert.ok(Math.abs(counts.get(user)! - 200) < 55, `user ${user}: ${counts.get(user)}`);
});
