import assert from "node:assert/strict";
import { test } from "node:test";
import { evaluationCounts, snapshotSplit, statisticsOf, testCounts, testViewOf } from "reclm/data";
import { csrOfPairs } from "reclm/core";
import { interactionsOf } from "./toy";

// Four users, eight items. Training: items 0, 1, 2. Test: items 1, 2, 5, 6, 7; one pair recurs.
const first = interactionsOf(4, 8, [
  [0, 0, 1],
  [0, 1, 2],
  [1, 1, 3],
  [2, 2, 4],
  [2, 0, 5],
]);
const second = interactionsOf(4, 8, [
  [0, 1, 6],
  [0, 5, 7],
  [0, 6, 8],
  [2, 1, 9],
  [3, 2, 10],
  [3, 7, 11],
]);
const split = snapshotSplit(first, second);

test("statistics of a split are Table 4's", () => {
  const { snapshot, trainSparsity, testSparsity, ...counts } = statisticsOf(split);
  assert.equal(snapshot, split.name);
  assert.deepEqual(counts, {
    users: 4,
    overlappingItems: 2,
    trainItems: 3,
    trainInteractions: 5,
    testItems: 5,
    testInteractions: 5,
  });
  // 5 of 4 x 3 and 5 of 4 x 5 cells are filled.
  assert.ok(Math.abs(trainSparsity - 100 * (7 / 12)) < 1e-9);
  assert.ok(Math.abs(testSparsity - 75) < 1e-9);
});

test("an empty split has no cell that is filled", () => {
  const nothing = interactionsOf(3, 2, []);
  const { trainSparsity, testSparsity } = statisticsOf(snapshotSplit(nothing, nothing));
  assert.deepEqual([trainSparsity, testSparsity], [100, 100]);
});

test("counts name the users with a positive, the positives and the candidates of each setting", () => {
  assert.deepEqual(testCounts(testViewOf(split)), {
    fullShot: { users: 3, positives: 5, candidates: 5 },
    zeroShot: { users: 2, positives: 3, candidates: 3 },
  });
  const none = csrOfPairs(3, 2, [], []);
  const empty = { positives: none, masked: none, candidates: new Int32Array(0) };
  assert.deepEqual(evaluationCounts(empty), { users: 0, positives: 0, candidates: 0 });
});
