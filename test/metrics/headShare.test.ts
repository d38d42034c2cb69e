// Expected: by hand. Pairs a item: 3, 2, 1, 1, 0; the head of 0.5 is items 0 and 1.
import assert from "node:assert/strict";
import { test } from "node:test";
import { csrOfPairs, matrixOf } from "reclm/core";
import { headItems, headShare, type Scorer } from "reclm/metrics";

const train = csrOfPairs(3, 25, [0, 1, 2, 0, 1, 0, 1], [0, 0, 0, 1, 1, 2, 3]);
const candidates = Int32Array.from({ length: 25 }, (_, item) => item);
const scorer: Scorer = {
  scores: (users) =>
    matrixOf(
      users.length,
      25,
      Float32Array.from({ length: users.length * 25 }, (_, n) => -(n % 25)),
    ),
};

test("the head is the given share of the items that have a pair, equals by lower index", () => {
  assert.deepEqual([...headItems(train, 0.5)].slice(0, 5), [1, 1, 0, 0, 0]);
  assert.deepEqual([...headItems(train, 0.75)].slice(0, 5), [1, 1, 1, 0, 0]);
});

test("headShare() counts what is listed, masked items never", () => {
  const positives = csrOfPairs(3, 25, [0, 2], [24, 24]);
  const open = { positives, masked: csrOfPairs(3, 25, [], []), candidates };
  // Lists of 20 of 25: both head items stand in each.
  assert.equal(headShare(scorer, open, train, 0.5), 2 / 20);
  const masked = { positives, masked: train, candidates };
  // User 0 has seen both; user 2 has seen item 0.
  assert.equal(headShare(scorer, masked, train, 0.5), 1 / 40);
  assert.throws(() => headShare(scorer, open, train, 0), { name: "RangeError", message: /share above 0/ });
});
