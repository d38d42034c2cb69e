// Expected values: by hand.
import assert from "node:assert/strict";
import test from "node:test";
import { normalised, scoresOf, type RewardModel } from "reclm/tuning";

const raw: RewardModel = {
  adapter: { config: { rank: 1, alpha: 1, dropout: 0, targets: [] }, pairs: new Map() },
  head: { weight: new Float32Array(2), bias: new Float32Array(1) },
  gain: 1,
  bias: 0,
  base: "weights",
};

test("normalised() gives the reference's answers mean 0 and deviation 1, and keeps the order of all", () => {
  // Mean 4, deviation 2.
  const outputs = Float32Array.of(2, 6, 2, 6);
  const reward = normalised(raw, outputs);
  assert.deepEqual([reward.gain, reward.bias], [0.5, -2]);
  assert.deepEqual([...scoresOf(reward, outputs)], [-1, 1, -1, 1]);
  assert.deepEqual([...scoresOf(reward, Float32Array.of(10, 4))], [3, 0]);
  assert.equal(raw.gain, 1, "the model given is changed");
});

test("normalising twice is normalising once", () => {
  const outputs = Float32Array.of(2, 6, 2, 6);
  const once = normalised(raw, outputs);
  const twice = normalised(once, scoresOf(once, outputs));
  assert.deepEqual([twice.gain, twice.bias], [once.gain, once.bias]);
});

test("scores that do not vary cannot be normalised", () => {
  for (const scores of [[3, 3, 3], [1], [], [1, NaN]]) {
    assert.throws(() => normalised(raw, Float32Array.from(scores)), RangeError);
  }
});
