// Expected values by hand; ml100k.test.ts compares whole MovieLens with an independent script.
import assert from "node:assert/strict";
import { test } from "node:test";
import { columnsOf } from "reclm/core";
import { pairsInTime, temporalSplit, type Split } from "reclm/data";
import { interactionsOf, pairsOf, randomInteractions, rowPairsOf, type Row } from "./toy";

const shares = { testShare: 0.2, validationShare: 0.1 };
const fiveFolds = { ...shares, folds: 5, fold: 0, seed: 1 };
/** The last of more folds than there are items: no item is cold. */
const noneCold = { ...shares, folds: 1000, fold: 999, seed: 1 };

function rowOf(split: Split, part: "train" | "validation" | "test" | "known", user: number): readonly number[] {
  return Array.from(columnsOf(split[part], user));
}

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from }, (_, n) => from + n);
}

test("each user's last fifth is test and the last tenth of the rest validation, halves rounded up", () => {
  // pairs of a user -> test, validation: 0.2 x 19 = 3.8, 0.1 x 15 = 1.5
  const expected = [[1, 0, 0], [2, 0, 0], [3, 1, 0], [5, 1, 0], [6, 1, 1], [7, 1, 1], [8, 2, 1], [18, 4, 1], [19, 4, 2]] as const; // prettier-ignore
  // The higher the item, the earlier: neither index nor row order is time.
  const rows = expected.flatMap(([count], user) => range(0, count).map((item): Row => [user, item, 1000 - item]));
  const split = temporalSplit(interactionsOf(expected.length, 19, rows), noneCold);
  assert.equal(split.coldItems.length, 0);
  expected.forEach(([count, testCount, validationCount], user) => {
    assert.deepEqual(rowOf(split, "test", user), range(0, testCount));
    assert.deepEqual(rowOf(split, "validation", user), range(testCount, testCount + validationCount));
    assert.deepEqual(rowOf(split, "train", user), range(testCount, count));
    assert.deepEqual(rowOf(split, "known", user), range(testCount, count));
  });
});

test("ties in time go by lower item first; without times the order of the rows is the order", () => {
  const rows = [4, 0, 3, 1, 2].map((item): Row => [0, item, 7]);
  const tied = interactionsOf(1, 5, rows);
  assert.deepEqual(pairsInTime(tied), [[0, 1, 2, 3, 4]]);
  assert.deepEqual(rowOf(temporalSplit(tied, noneCold), "test", 0), [4]);
  const { times: _, ...untimed } = tied;
  assert.deepEqual(pairsInTime(untimed), [[4, 0, 3, 1, 2]]);
  assert.deepEqual(rowOf(temporalSplit(untimed, noneCold), "test", 0), [2]);
});

test("the folds hold every used item exactly once, by seed alone", () => {
  const data = randomInteractions(3);
  const used = [...new Set(data.items)].sort((a, b) => a - b);
  const foldsOf = (seed: number): number[][] =>
    range(0, 5).map((fold) => [...temporalSplit(data, { ...fiveFolds, fold, seed }).coldItems]);
  const folds = foldsOf(1);
  const dealt = folds.flat().sort((a, b) => a - b);
  assert.deepEqual(dealt, used);
  const sizes = folds.map((fold) => fold.length);
  assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1, `${sizes}`);
  assert.deepEqual(foldsOf(1), folds);
  assert.notDeepEqual(foldsOf(2), folds);
  const otherShares = { testShare: 0.5, validationShare: 0, folds: 5, fold: 0, seed: 1 };
  assert.deepEqual([...temporalSplit(data, otherShares).coldItems], folds[0]);
});

test("cold items leave training but stay known and tested; validation is a share of what is left", () => {
  // One user, items 0..9 in time, then item 10 alone with user 1, so that the fold of any item can be found.
  const rows = [...range(0, 10).map((item): Row => [0, item, item]), [1, 10, 0] as const];
  const data = interactionsOf(2, 12, rows);
  const split = temporalSplit(data, { ...shares, folds: 2, fold: 0, seed: 4 });
  const cold = new Set(split.coldItems);
  assert.ok(cold.size === 6 && !cold.has(11), "half of the 11 used items");
  const warmBefore = range(0, 8).filter((item) => !cold.has(item));
  assert.deepEqual(rowOf(split, "train", 0), warmBefore);
  assert.deepEqual(rowOf(split, "known", 0), range(0, 8));
  assert.deepEqual(rowOf(split, "test", 0), [8, 9]);
  assert.equal(rowOf(split, "validation", 0).length, warmBefore.length < 5 ? 0 : 1);
  assert.deepEqual([...split.testItems], range(0, 11));
});

test("few-shot keeps each user's last training pairs; validation is cut from those", () => {
  const data = randomInteractions(5);
  const whole = temporalSplit(data, fiveFolds);
  const few = temporalSplit(data, { ...fiveFolds, shots: 5 });
  const history = pairsInTime(data);
  let dropped = 0;
  history.forEach((items, user) => {
    const training = items.filter((item) => rowOf(whole, "train", user).includes(item));
    const last = training.slice(-5);
    dropped += training.length - last.length;
    assert.deepEqual(rowOf(few, "train", user), [...last].sort((a, b) => a - b)); // prettier-ignore
    // a tenth of 5 rounds up to 1, of 4 down to 0
    assert.deepEqual(rowOf(few, "validation", user), last.length === 5 ? last.slice(-1) : []);
  });
  assert.ok(dropped > 100);
  for (const part of ["test", "known", "coldItems", "testItems"] as const) assert.deepEqual(few[part], whole[part]);
  assert.deepEqual([...few.warmItems], [...new Set(few.train.columns)].sort((a, b) => a - b)); // prettier-ignore
  assert.match(few.name, /5 training pairs a user/);
});

test("shares, folds and shots out of range are refused", () => {
  const data = randomInteractions(1);
  const wrong = [{ testShare: 1 }, { testShare: NaN }, { validationShare: -0.1 }, { folds: 1 }, { folds: 2.5 }, { fold: 5 }, { fold: -1 }, { shots: 0 }, { shots: 1.5 }]; // prettier-ignore
  for (const field of wrong) assert.throws(() => temporalSplit(data, { ...fiveFolds, ...field }), RangeError);
});

for (let seed = 1; seed <= 8; seed++) {
  test(`no pair leaks between the parts (seed ${seed})`, () => {
    const data = randomInteractions(seed);
    for (const shots of [undefined, 3]) {
      const options = { ...fiveFolds, fold: seed % 5, seed, ...(shots ? { shots } : {}) };
      const split = temporalSplit(data, options);
      const [train, known] = [new Set(pairsOf(split.train)), pairsOf(split.known)];
      const all = [...known, ...pairsOf(split.test)];
      assert.deepEqual([...new Set(all)].sort(), [...rowPairsOf(data)].sort(), "test and known are all pairs");
      assert.equal(all.length, data.users.length, "and share none");
      for (let user = 0; user < split.userCount; user++) {
        const timeOf = new Map<number, number>();
        data.users.forEach((other, row) => other === user && timeOf.set(data.items[row]!, data.times![row]!));
        const last = Math.max(...rowOf(split, "known", user).map((item) => timeOf.get(item)!));
        assert.ok(rowOf(split, "test", user).every((item) => timeOf.get(item)! >= last));
      }
      assert.ok([...train].every((pair) => known.includes(pair)));
      assert.ok(pairsOf(split.validation).every((pair) => train.has(pair)));
      assert.ok(split.coldItems.length > 0 && split.coldItems.every((item) => !split.train.columns.includes(item)));
      assert.deepEqual([...split.warmItems], [...new Set(split.train.columns)].sort((a, b) => a - b)); // prettier-ignore
      if (!shots) {
        const cold = new Set(split.coldItems);
        assert.deepEqual([...train], known.filter((pair) => !cold.has(Number(pair.split(":")[1])))); // prettier-ignore
      }
    }
  });
}
