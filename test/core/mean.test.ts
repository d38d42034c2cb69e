import assert from "node:assert/strict";
import { test } from "node:test";
import { meanOf } from "reclm/core";

test("a mean of numbers, of typed ones too, and of nothing", () => {
  assert.equal(meanOf([1, 2, 6]), 3);
  assert.equal(meanOf(Float32Array.of(0.5, 0.25)), 0.375);
  assert.ok(Number.isNaN(meanOf([])));
});
