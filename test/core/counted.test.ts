import assert from "node:assert/strict";
import { test } from "node:test";
import { counted } from "reclm/core";

test("one of a thing is singular, none and many are plural, with thousands set apart", () => {
  assert.equal(counted(1, "seed"), "1 seed");
  assert.equal(counted(0, "seed"), "0 seeds");
  assert.equal(counted(57128, "user"), "57,128 users");
});
