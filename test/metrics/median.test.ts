import assert from "node:assert/strict";
import { test } from "node:test";
import { medianOf } from "reclm/metrics";

test("the middle value, or the mean of the two middle ones, whatever the order", () => {
  assert.equal(medianOf([5, 1, 3]), 3);
  assert.equal(medianOf(Float32Array.of(10, 2, 4, 1)), 3);
  assert.throws(() => medianOf([]), /Cannot take the median: there are no values/);
});
