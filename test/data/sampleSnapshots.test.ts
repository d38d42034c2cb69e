// Expected values: by hand.
import assert from "node:assert/strict";
import { test } from "node:test";
import { sampleSnapshots, type Interactions, type SnapshotPair } from "reclm/data";

const userIds = ["a", "b", "c", "d", "e"];
const itemIds = ["p", "q", "r"];
const snapshot = (users: readonly number[], items: readonly number[]): Interactions => ({
  users: Int32Array.from(users),
  items: Int32Array.from(items),
  userIds,
  itemIds,
});
// Pairs in the first: a 1, b 2, c 1, d 3, e 0.
const pair: SnapshotPair = {
  first: snapshot([0, 1, 1, 2, 3, 3, 3], [0, 0, 1, 2, 0, 1, 2]),
  second: snapshot([4, 3, 1, 0], [2, 1, 0, 1]),
};

test("kept users are in, others are drawn among those with pairs enough; items stay", () => {
  const { first, second } = sampleSnapshots(pair, { users: 3, leastPairs: 2, keep: ["e"], seed: 1 });
  assert.deepEqual(first.userIds, ["b", "d", "e"]);
  assert.deepEqual(second.userIds, first.userIds);
  assert.deepEqual([first.itemIds, second.itemIds], [itemIds, itemIds]);
  assert.deepEqual(
    [Array.from(first.users), Array.from(first.items)],
    [
      [0, 0, 1, 1, 1],
      [0, 1, 0, 1, 2],
    ],
  );
  assert.deepEqual(
    [Array.from(second.users), Array.from(second.items)],
    [
      [2, 1, 0],
      [2, 1, 0],
    ],
  );
});

test("a draw depends on the seed alone; too many to keep is an error", () => {
  const drawn = (seed: number): readonly string[] =>
    sampleSnapshots(pair, { users: 1, leastPairs: 1, keep: [], seed }).first.userIds;
  assert.deepEqual(drawn(3), drawn(3));
  assert.deepEqual([...new Set([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12].flatMap(drawn))].sort(), ["a", "b", "c", "d"]);
  const keep = ["a", "b"];
  assert.throws(() => sampleSnapshots(pair, { users: 1, leastPairs: 1, keep, seed: 1 }), {
    name: "RangeError",
    message: "Cannot keep 2 users: the sample has 1",
  });
  assert.throws(() => sampleSnapshots(pair, { users: 3, leastPairs: 1, keep: ["e", "nobody", "x"], seed: 1 }), {
    name: "RangeError",
    message: `Cannot keep users in the sample: "nobody" is no user of the data; "x" is no user of the data`,
  });
});
