import assert from "node:assert/strict";
import { test } from "node:test";
import { columnsOf } from "reclm/core";
import { temporalSplit, testViewOf, testViewOfUsers, validationCut, wholeSetOf, type Split } from "reclm/data";
import { pairsOf, randomInteractions } from "./toy";

const options = { testShare: 0.2, validationShare: 0.1, folds: 5, fold: 2, seed: 1 };

function splitOf(seed: number): Split {
  return temporalSplit(randomInteractions(seed), { ...options, seed });
}

function itemOf(pair: string): number {
  return Number(pair.split(":")[1]);
}

test("full-shot asks for every test pair among all items with a pair, zero-shot for the cold ones among the cold", () => {
  const split = splitOf(1);
  const { fullShot, zeroShot } = testViewOf(split);
  const cold = new Set(split.coldItems);
  assert.deepEqual(pairsOf(fullShot.positives), pairsOf(split.test));
  const wanted = pairsOf(split.test).filter((pair) => cold.has(itemOf(pair)));
  assert.ok(wanted.length > 5);
  assert.deepEqual(pairsOf(zeroShot.positives), wanted);
  assert.deepEqual([...fullShot.candidates], [...new Set(randomInteractions(1).items)].sort((a, b) => a - b)); // prettier-ignore
  assert.deepEqual([...zeroShot.candidates], [...split.coldItems]);
  for (const { masked } of [fullShot, zeroShot]) assert.deepEqual(pairsOf(masked), pairsOf(split.known));
});

test("a test for some users asks for their pairs alone, among the same candidates", () => {
  const view = testViewOf(splitOf(1));
  const users = [0, 3, 7];
  const { fullShot, zeroShot } = testViewOfUsers(view, users);
  for (const [of, all] of [
    [fullShot, view.fullShot],
    [zeroShot, view.zeroShot],
  ] as const) {
    const own = pairsOf(all.positives).filter((pair) => users.includes(Number.parseInt(pair, 10)));
    assert.deepEqual(pairsOf(of.positives), own);
    assert.equal(of.candidates, all.candidates);
    assert.equal(of.masked, all.masked);
  }
  assert.ok(pairsOf(fullShot.positives).length > 2);
});

test("a trainer's views have no field that holds test pairs or the split's cold items", () => {
  const split = splitOf(2);
  assert.deepEqual(Object.keys(wholeSetOf(split)).sort(), ["itemCount", "train", "userCount", "warmItems"]);
  const view = validationCut(split, { seed: 1 });
  assert.deepEqual(Object.keys(view).sort(), ["itemCount", "train", "userCount", "validation", "warmItems"]);
});

for (let seed = 1; seed <= 8; seed++) {
  test(`the validation cut has cold items of its own and nothing of test (seed ${seed})`, () => {
    const split = splitOf(seed);
    const { train, warmItems, validation } = validationCut(split, { seed });
    const { fullShot, zeroShot } = validation;
    const [test_, held] = [new Set(pairsOf(split.test)), new Set(pairsOf(split.validation))];
    const own = new Set(zeroShot.candidates);
    assert.equal(own.size, Math.round(split.warmItems.length / 5));
    assert.ok([...own].every((item) => split.warmItems.includes(item) && !warmItems.includes(item)));
    // Training: what is neither held out nor on the cut's cold items.
    const rest = pairsOf(split.train).filter((pair) => !held.has(pair) && !own.has(itemOf(pair)));
    assert.deepEqual(pairsOf(train), rest);
    assert.deepEqual([...warmItems], [...new Set(train.columns)].sort((a, b) => a - b)); // prettier-ignore
    assert.deepEqual(new Set(pairsOf(fullShot.positives)), held);
    assert.deepEqual(
      pairsOf(zeroShot.positives),
      [...held].filter((pair) => own.has(itemOf(pair))),
    );
    assert.deepEqual([...fullShot.candidates], [...split.warmItems]);
    const known = pairsOf(split.known).filter((pair) => !held.has(pair));
    for (const { positives, masked, candidates } of [fullShot, zeroShot]) {
      assert.deepEqual(pairsOf(masked), known);
      const places = new Set(candidates);
      assert.ok(pairsOf(positives).every((pair) => places.has(itemOf(pair)) && !test_.has(pair)));
      assert.ok(split.coldItems.every((item) => !places.has(item)));
    }
    assert.ok(pairsOf(train).every((pair) => !test_.has(pair)));
  });
}

test("the cut's cold items follow the seed and the share", () => {
  const split = splitOf(3);
  const coldOf = (seed: number, coldShare?: number): readonly number[] => [
    ...validationCut(split, { seed, ...(coldShare === undefined ? {} : { coldShare }) }).validation.zeroShot.candidates,
  ];
  assert.deepEqual(coldOf(1), coldOf(1));
  assert.notDeepEqual(coldOf(1), coldOf(2));
  assert.deepEqual(coldOf(1, 0), []);
  assert.equal(coldOf(1, 0.5).length, Math.round(split.warmItems.length / 2));
  for (const coldShare of [1, -0.1, NaN]) assert.throws(() => validationCut(split, { seed: 1, coldShare }), RangeError);
});

test("a user without training pairs stays a row of every view", () => {
  const split = splitOf(4);
  const { train, validation } = validationCut(split, { seed: 4 });
  for (const csr of [train, validation.fullShot.positives, testViewOf(split).fullShot.positives]) {
    assert.equal(csr.rows, 30);
    assert.equal(columnsOf(csr, 0).length, 0);
  }
});
