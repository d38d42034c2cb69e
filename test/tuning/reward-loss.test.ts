// Expected values: test/reference/tuning/reward.py (torch).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { prngOf } from "reclm/core";
import { initialScalarHead, pairwiseLoss, preference } from "reclm/tuning";

interface LossCase {
  readonly chosen: readonly number[];
  readonly rejected: readonly number[];
  readonly loss: number;
  readonly right: number;
  readonly byChosen: readonly number[];
  readonly byRejected: readonly number[];
}

const { losses } = JSON.parse(readFileSync(join(process.cwd(), "test/reference/tuning/reward.json"), "utf8")) as {
  readonly losses: Readonly<Record<string, LossCase>>;
};

for (const [name, { chosen, rejected, loss, right, byChosen, byRejected }] of Object.entries(losses)) {
  test(`pairwiseLoss() of ${name} scores is torch's, with its derivatives`, () => {
    const found = pairwiseLoss(chosen, rejected);
    assert.ok(Math.abs(found.loss - loss) <= 1e-12 * loss, `${found.loss}, not ${loss}`);
    assert.equal(found.right, right);
    found.derivatives.forEach((value, p) => {
      assert.ok(Math.abs(value - byChosen[p]!) < 1e-8, `pair ${p}: ${value}, not ${byChosen[p]}`);
      assert.ok(Math.abs(-value - byRejected[p]!) < 1e-8);
    });
  });
}

test("pairwiseLoss() of scores that are not finite is not a number, and lists that do not fit are refused", () => {
  assert.ok(Number.isNaN(pairwiseLoss([1, Number.NaN], [0, 0]).loss));
  assert.throws(() => pairwiseLoss([], []), /there is no pair/);
  assert.throws(() => pairwiseLoss([1], [1, 2]), /1 chosen scores, 2 rejected/);
});

test("preference() is the logistic function, 0 and 1 at its ends", () => {
  assert.equal(preference(0), 0.5);
  assert.ok(Math.abs(preference(Math.log(3)) - 0.75) < 1e-15);
  assert.ok(Math.abs(preference(-Math.log(3)) - 0.25) < 1e-15);
  assert.deepEqual([preference(-1e6), preference(1e6)], [0, 1]);
});

test("initialScalarHead() is normal with variance 1 / (width + 1), the same for the same seed", () => {
  const width = 20_000;
  const { weight, bias } = initialScalarHead(width, prngOf(3, "head"));
  const mean = weight.reduce((sum, value) => sum + value, 0) / width;
  const variance = weight.reduce((sum, value) => sum + (value - mean) ** 2, 0) / width;
  // Five standard errors: of the mean 1 / width, of the variance sqrt(2 / width).
  assert.ok(Math.abs(mean) < 5 / width);
  assert.ok(Math.abs(variance * (width + 1) - 1) < 5 * Math.sqrt(2 / width), `${variance * (width + 1)}`);
  const near = weight.filter((value) => Math.abs(value) * Math.sqrt(width + 1) < 1).length / width;
  assert.ok(Math.abs(near - 0.6827) < 0.02, `${near} within one standard deviation`);
  assert.deepEqual(bias, Float32Array.of(0));
  assert.deepEqual(initialScalarHead(width, prngOf(3, "head")).weight, weight);
  assert.notDeepEqual(initialScalarHead(width, prngOf(4, "head")).weight, weight);
  assert.throws(() => initialScalarHead(0, prngOf(3)), /0 entries/);
});
