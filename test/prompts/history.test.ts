import assert from "node:assert/strict";
import { test } from "node:test";
import { csrOfPairs } from "reclm/core";
import {
  eraOf,
  fitted,
  filmWords,
  historiesOf,
  shownItems,
  shownWith,
  statisticsLine,
  tasteOf,
  type HistoryLimits,
} from "reclm/prompts";
import { toyHistories, toySource } from "./toy";

test("histories hold training pairs only, in time, ties by item index", () => {
  const interactions = {
    users: Int32Array.of(0, 0, 0, 1, 0),
    items: Int32Array.of(3, 1, 2, 0, 0),
    times: Float64Array.of(5, 9, 5, 1, 2),
    userIds: ["u", "v"],
    itemIds: ["a", "b", "c", "d"],
  };
  const train = csrOfPairs(2, 4, [0, 0, 0, 1], [1, 2, 3, 0]);
  assert.deepEqual(
    historiesOf(interactions, train).map((history) => Array.from(history)),
    [[2, 3, 1], [0]],
  );
  assert.throws(() => historiesOf(interactions, csrOfPairs(2, 4, [1], [3])), /item 3 is no interaction/);
});

test("shown items are spread evenly, newest first, the newest among them", () => {
  assert.deepEqual(shownItems([1, 2, 3, 4, 5, 6], 3), [6, 4, 2]);
  assert.deepEqual(shownItems([1, 2], 8), [2, 1]);
  assert.deepEqual(shownItems([], 3), []);
  assert.equal(
    new Set(
      shownItems(
        Array.from({ length: 737 }, (_, i) => i),
        8,
      ),
    ).size,
    8,
  );
  assert.throws(() => shownItems([1], 0), RangeError);
});

test("an item that must be shown replaces the nearest in time, and keeps the order", () => {
  assert.deepEqual(shownWith([1, 2, 3, 4, 5, 6], 3, 1), [6, 4, 1]);
  assert.deepEqual(shownWith([1, 2, 3, 4, 5, 6], 3, 5), [5, 4, 2]);
  assert.deepEqual(shownWith([1, 2, 3, 4, 5, 6], 3, 4), [6, 4, 2]);
  assert.deepEqual(shownWith([1, 2, 3, 4, 5, 6], 3, 9), [6, 4, 2]);
});

test("eras", () => {
  assert.deepEqual([1939, 1960, 1989, 1990, 1994, 1995, 2003].map(eraOf), [
    "Pre-1960",
    "1960s",
    "1980s",
    "Early 1990s",
    "Early 1990s",
    "Late 1990s",
    "Early 2000s",
  ]);
});

test("base rates and bands equal the counts of twelve training pairs", () => {
  const { categoryShare, eraShare, bandOf, bandShare } = toySource.background;
  assert.equal(categoryShare.get("Crime"), 7 / 12);
  assert.equal(categoryShare.get("Comedy"), 4 / 12);
  assert.equal(eraShare.get("1970s"), 3 / 12);
  // By falling popularity: Suspects 3, Fargo 2, Heat 2, Toy Story 2, Annie Hall 2, Alien 1; cut where 4 and 8 are covered.
  assert.deepEqual(Array.from(bandOf), [2, 0, 1, 0, 1, 2]);
  assert.deepEqual(bandShare, [5 / 12, 4 / 12, 3 / 12]);
});

test("a taste ranks what exceeds its base rate; repeated categories first", () => {
  // Crime 3 of 4 (the only one with two items); then Horror = Sci-Fi (1 - 4/12) / sqrt(4/12 * 11/12) = 1.21 by name.
  assert.deepEqual(tasteOf(toyHistories[0]!, toySource.items, toySource.background), {
    categories: ["Crime", "Horror", "Sci-Fi"],
    era: "Late 1990s",
    band: 0,
  });
  assert.deepEqual(tasteOf([], toySource.items, toySource.background), { categories: [] });
  assert.equal(statisticsLine({ categories: [] }, filmWords), "Statistics: none.");
});

test("a budget takes items away from the longer list, and throws when one item each is too many", () => {
  const write = ({ targetItems, neighbourItems }: HistoryLimits) => [
    { role: "user" as const, content: "x".repeat(targetItems + 2 * neighbourItems) },
  ];
  const count = (messages: readonly { readonly content: string }[]): number => messages[0]!.content.length;
  const wished = { targetItems: 8, neighbourItems: 4 };
  assert.deepEqual(fitted(write, wished, 16, count).limits, wished);
  assert.deepEqual(fitted(write, wished, 11, count).limits, { targetItems: 4, neighbourItems: 3 });
  assert.equal(fitted(write, wished, 3, count).tokens, 3);
  assert.throws(() => fitted(write, wished, 2, count), /within 2 tokens: one item a list takes 3/);
});
