import type { CloneItemSets, ClonePairFiles } from "./cloneParts";
import type { ClonePairs } from "./snapshots";
import { countCheck, type Check } from "./table4";

type Keep = (user: number, item: number) => boolean;

/**
 * Whether the files say the same of the same pairs: lists and matrices, the test without its repeats, the zero-shot part of the
 * test, the mask. What cannot be compared is left out.
 */
export function agreementChecks(pairs: ClonePairFiles, sets: CloneItemSets, itemCount: number): readonly Check[] {
  const keys = (source: ClonePairs, keep: Keep = () => true): Float64Array => keysOf(source, itemCount, keep);
  const within = (items: Int32Array): Keep => {
    const some = new Set(items);
    return (_, item) => some.has(item);
  };
  const checks: Check[] = [];
  const compare = (what: string, expected: Float64Array, found: Float64Array): void => {
    checks.push(pairCheck(what, expected, found));
  };
  const { trainLists, testLists, zeroShot, mask } = pairs;
  const [train, test] = [pairs.train ?? trainLists, pairs.test ?? testLists];
  if (pairs.train && trainLists) compare("training matrix and lists", keys(pairs.train), keys(trainLists));
  if (pairs.test && testLists && train) {
    const trained = new Set(keys(train));
    const fresh = keys(testLists).filter((key) => !trained.has(key));
    compare("test matrix, and lists without training pairs", keys(pairs.test), fresh);
  }
  if (zeroShot && test && sets.zeroItems) {
    compare("zero-shot matrix, and test pairs of its items", keys(zeroShot), keys(test, within(sets.zeroItems)));
  }
  if (mask && train && sets.testItems) {
    compare("mask, and training pairs of test items", keys(mask), keys(train, within(sets.testItems)));
  }
  return [...checks, ...zeroItemsCheck(sets)];
}

function zeroItemsCheck({ trainItems, testItems, zeroItems }: CloneItemSets): readonly Check[] {
  if (!trainItems || !testItems || !zeroItems) return [];
  const trained = new Set(trainItems);
  const fresh = testItems.filter((item) => !trained.has(item));
  const check = countCheck("zero-shot items, and test items that are not train items", zeroItems.length, fresh.length);
  return [{ ...check, holds: sameNumbers(zeroItems, fresh) }];
}

function pairCheck(what: string, expected: Float64Array, found: Float64Array): Check {
  const check = countCheck(`${what} (pairs)`, expected.length, found.length);
  return { ...check, holds: sameNumbers(expected, found) };
}

/** user x I + item, ascending. */
function keysOf({ users, items }: ClonePairs, itemCount: number, keep: Keep): Float64Array {
  const keys = Float64Array.from(users, (user, row) => (keep(user, items[row]!) ? user * itemCount + items[row]! : -1));
  return keys.filter((key) => key >= 0).sort();
}

function sameNumbers(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  return a.length === b.length && Array.from(a).every((value, at) => value === b[at]);
}
