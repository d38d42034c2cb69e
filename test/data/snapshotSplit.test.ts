import assert from "node:assert/strict";
import { test } from "node:test";
import { snapshotSplit, testViewOf, validationCut } from "reclm/data";
import { interactionsOf, pairsOf, randomInteractions, rowPairsOf, type Row } from "./toy";

// Users 0..2, items 0..6. The higher the item, the earlier user 0 met it; items 0 and 1 at the same time, last.
const first = interactionsOf(3, 7, [
  [0, 4, 10],
  [0, 3, 20],
  [0, 1, 40],
  [0, 0, 40],
  [0, 2, 30],
  [1, 2, 5],
  [1, 4, 6],
]);
// Item 4 is not offered again; items 5 and 6 are new; pair 0:3 recurs, and item 0 is seen only as a repeat.
const second = interactionsOf(3, 7, [
  [0, 3, 50],
  [0, 0, 51],
  [0, 6, 52],
  [1, 3, 53],
  [1, 5, 54],
  [2, 6, 55],
]);

test("the first snapshot is training; repeats leave the test; new items are cold", () => {
  const split = snapshotSplit(first, second);
  assert.deepEqual(pairsOf(split.train), ["0:0", "0:1", "0:2", "0:3", "0:4", "1:2", "1:4"]);
  assert.deepEqual(pairsOf(split.test), ["0:6", "1:3", "1:5", "2:6"]);
  assert.deepEqual([...split.warmItems], [0, 1, 2, 3, 4]);
  assert.deepEqual([...split.coldItems], [5, 6]);
  assert.deepEqual([...split.testItems], [0, 3, 5, 6]);
});

test("validation is each user's last in time, ties by lower item first", () => {
  // Half of five pairs rounds up to three: items 2, then 0 before 1. Of two pairs one: item 4, after 2.
  const { validation } = snapshotSplit(first, second, { validationShare: 0.5 });
  assert.deepEqual(pairsOf(validation), ["0:0", "0:1", "0:2", "1:4"]);
  // A fifth of five is one: of the two at the same time the higher item is last; of two pairs none.
  assert.deepEqual(pairsOf(snapshotSplit(first, second, { validationShare: 0.2 }).validation), ["0:1"]);
  assert.deepEqual(pairsOf(snapshotSplit(first, second, { validationShare: 0 }).validation), []);
});

test("without times validation is the last in the order of the rows", () => {
  const { times: _, ...untimed } = first;
  assert.deepEqual(pairsOf(snapshotSplit(untimed, second, { validationShare: 0.2 }).validation), ["0:2"]);
});

test("in the test catalogue the mask is the training pairs of its items", () => {
  const { fullShot, zeroShot } = testViewOf(snapshotSplit(first, second));
  const ranked = new Set(fullShot.candidates);
  const maskedOf = (item: string): boolean => ranked.has(Number(item.split(":")[1]));
  assert.deepEqual(pairsOf(fullShot.masked).filter(maskedOf), ["0:0", "0:3"]);
  assert.deepEqual([...zeroShot.candidates], [5, 6]);
  assert.deepEqual(pairsOf(zeroShot.positives), ["0:6", "1:5", "2:6"]);
});

test("the validation cut masks training pairs of items that the second snapshot does not offer", () => {
  const split = snapshotSplit(first, second, { validationShare: 0.2 });
  const { fullShot } = validationCut(split, { seed: 1, coldShare: 0 }).validation;
  assert.deepEqual([...fullShot.candidates], [0, 1, 2, 3, 4]);
  assert.deepEqual(pairsOf(fullShot.positives), ["0:1"]);
  assert.deepEqual(pairsOf(fullShot.masked), ["0:0", "0:2", "0:3", "0:4", "1:2", "1:4"]);
});

test("random snapshots: test has no training pair, cold items no training, and each second pair is test or known", () => {
  for (let seed = 1; seed <= 8; seed++) {
    const all = randomInteractions(seed);
    const later = new Set(Array.from(all.items).filter((item) => item % 3 === 0));
    const rowsOf = (keep: (row: number) => boolean): readonly Row[] =>
      Array.from(all.users.keys()).flatMap((row) =>
        keep(row) ? [[all.users[row]!, all.items[row]!, all.times![row]!] as const] : [],
      );
    const [before, after] = [
      interactionsOf(30, 60, rowsOf((row) => !later.has(all.items[row]!))), // prettier-ignore
      interactionsOf(30, 60, rowsOf((row) => row % 2 === 0)), // prettier-ignore
    ];
    const split = snapshotSplit(before, after);
    const [train, test_] = [new Set(pairsOf(split.train)), new Set(pairsOf(split.test))];
    assert.ok(train.size > 50 && test_.size > 20);
    assert.ok([...test_].every((pair) => !train.has(pair)));
    const repeats = rowPairsOf(after).filter((pair) => !test_.has(pair));
    assert.ok(repeats.length > 20 && repeats.every((pair) => train.has(pair)));
    assert.deepEqual(
      [...split.coldItems],
      [...new Set(after.items)].filter((item) => later.has(item)).sort((a, b) => a - b),
    );
    assert.ok(pairsOf(split.validation).every((pair) => train.has(pair)));
  }
});

test("snapshots that name users or items otherwise are refused", () => {
  const fewer = interactionsOf(2, 7, []);
  assert.throws(() => snapshotSplit(first, fewer), /Cannot split snapshots: they do not name the same users/);
  assert.throws(() => snapshotSplit(first, { ...second, itemIds: [...second.itemIds].reverse() }), RangeError);
  assert.throws(() => snapshotSplit(first, second, { validationShare: 1 }), /validationShare 1/);
});
