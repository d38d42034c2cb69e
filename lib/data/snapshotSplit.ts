import { csrOfPairs } from "../core";
import type { Interactions } from "./interactions";
import { csrOfRows, flags, minus, usedColumns } from "./pairs";
import type { Split } from "./split";
import { checkShares, lastShare, pairsInTime } from "./timeOrder";

/** Validation, and candidates where they are given rather than found. */
export interface SnapshotOptions {
  /** Share of each user's training pairs that is validation. @default 0.1 */
  readonly validationShare?: number;
  /** Items ranked in the full-shot setting, every one with a test pair among them. Default: those of the second snapshot. */
  readonly testItems?: ArrayLike<number>;
  /** Items ranked in the zero-shot setting, none with a training pair. Default: test items without one. */
  readonly coldItems?: ArrayLike<number>;
}

/**
 * Two snapshots in time, as the paper's MIND and Netflix: all of the first is training, the second is test; pairs of the second
 * that the first has are taken out of test and masked. Cold items are those of the second snapshot without a pair in the
 * first; full-shot ranks all items of the second. Both must name users and items alike. Validation is the last
 * round(validationShare n) of a user's n training pairs, in time with ties by lower item index, or in the order of the
 * rows where the first snapshot has no times.
 */
export function snapshotSplit(first: Interactions, second: Interactions, options: SnapshotOptions = {}): Split {
  const { validationShare = 0.1 } = options;
  checkShares({ validationShare });
  if (!(sameNames(first.userIds, second.userIds) && sameNames(first.itemIds, second.itemIds))) {
    throw new RangeError("Cannot split snapshots: they do not name the same users and items in the same order");
  }
  const [userCount, itemCount] = [first.userIds.length, first.itemIds.length];
  const train = csrOfPairs(userCount, itemCount, first.users, first.items);
  const warmItems = usedColumns(train);
  const isWarm = flags(itemCount, warmItems);
  const test = minus(csrOfPairs(userCount, itemCount, second.users, second.items), train);
  const testItems = Int32Array.from(new Set(Array.from(options.testItems ?? second.items))).sort();
  const coldItems = options.coldItems
    ? Int32Array.from(new Set(Array.from(options.coldItems))).sort()
    : testItems.filter((item) => !isWarm[item]);
  const isRanked = flags(itemCount, testItems);
  if (!test.columns.every((item) => isRanked[item])) {
    throw new RangeError("Cannot split snapshots: an item with a test pair is not among the test items");
  }
  if (coldItems.some((item) => isWarm[item])) {
    throw new RangeError("Cannot split snapshots: an item with a training pair is among the cold items");
  }
  return {
    name: "two snapshots in time",
    userCount,
    itemCount,
    train,
    validation: csrOfRows(
      pairsInTime(first).map((items) => lastShare(items, validationShare)),
      itemCount,
    ),
    test,
    // Whole: the test ranks none of its other items, but the validation cut does.
    known: train,
    warmItems,
    coldItems,
    testItems,
  };
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, at) => name === b[at]);
}
