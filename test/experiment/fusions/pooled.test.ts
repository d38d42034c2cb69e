// Expected: by hand; with two degrees of freedom p = 1 - t / sqrt(2 + t^2).
import assert from "node:assert/strict";
import { test } from "node:test";
import { pooledRows, pooledTests, type Ablation, type UserRecalls } from "reclm/experiment";

function run(seed: number, users: readonly string[], reclm: readonly number[], base: readonly number[]): Ablation {
  const fullShot: UserRecalls = { users, values: { RecLM: reclm, Base: base } };
  const none: UserRecalls = { users: [], values: {} };
  const empty = { dataset: "toy", preset: "smoke", label: "", sides: [], sizes: [], written: [], runs: [], tests: [] };
  return { ...empty, seed, recalls: { fullShot, zeroShot: none } };
}

const two = [run(1, ["a", "b"], [0.5, 0.4], [0.2, 0.3]), run(2, ["b", "c"], [0.6, 0.1], [0.3, 0.2])];

test("a user of two tuning seeds counts once, with the mean of both differences", () => {
  const [only, ...others] = pooledTests(two);
  assert.deepEqual(others, []);
  // a: .3; b: mean of .1 and .3; c: -.1
  assert.ok(Math.abs(only!.difference - 0.4 / 3) < 1e-12);
  assert.deepEqual([only!.setting, only!.variant, only!.against, only!.users], ["fullShot", "RecLM", "Base", 3]);
  const t = 0.4 / Math.sqrt(0.13);
  assert.ok(Math.abs(only!.p - (1 - t / Math.sqrt(2 + t * t))) < 1e-9, String(only!.p));
  assert.equal(only!.pHolm, only!.p);
  assert.deepEqual(pooledRows(two), [
    {
      setting: "Full-shot",
      claim: "RecLM above Base",
      "difference R@20": "+0.1333",
      users: "3",
      "p (Holm)": only!.p.toFixed(4),
      verdict: "not distinguishable",
    },
  ]);
});

test("without users' own numbers there is nothing to test together", () => {
  assert.deepEqual(pooledTests(two.map(({ recalls: _, ...rest }) => rest)), []);
});
