import assert from "node:assert/strict";
import { test } from "node:test";
import { remembered } from "reclm/core";

test("what a key gives is made once, undefined too", () => {
  const asked: string[] = [];
  const length = remembered((word: string) => {
    asked.push(word);
    return word === "" ? undefined : word.length;
  });
  assert.deepEqual([length("ab"), length(""), length("ab"), length("")], [2, undefined, 2, undefined]);
  assert.deepEqual(asked, ["ab", ""]);
});
