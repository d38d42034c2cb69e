import { csrOfPairs, type Csr } from "../core";
import type { Interactions } from "./interactions";
import { flags, keepEntries, minus, usedColumns } from "./pairs";
import type { Split } from "./split";

/**
 * Two snapshots in time, as the paper's MIND and Netflix: all of the first is training, the second is test; pairs of the second
 * that the first has are taken out of test and masked. Cold items are those of the second snapshot without a pair in the
 * first. Both must name users and items alike. No pair is validation: cut one with `validationShare` of each user's
 * training pairs, the last in the order given.
 */
export function snapshotSplit(first: Interactions, second: Interactions, { validationShare = 0.1 } = {}): Split {
  if (
    first.userIds.join("\n") !== second.userIds.join("\n") ||
    first.itemIds.join("\n") !== second.itemIds.join("\n")
  ) {
    throw new RangeError("Cannot split snapshots: they do not name the same users and items in the same order");
  }
  const [userCount, itemCount] = [first.userIds.length, first.itemIds.length];
  const train = csrOfPairs(userCount, itemCount, first.users, first.items);
  const test = minus(csrOfPairs(userCount, itemCount, second.users, second.items), train);
  const warmItems = usedColumns(train);
  const isWarm = flags(itemCount, warmItems);
  const testItems = Int32Array.from(new Set(second.items)).sort();
  const inTest = flags(itemCount, testItems);
  return {
    name: "two snapshots in time",
    userCount,
    itemCount,
    train,
    validation: lastOfEachRow(train, validationShare),
    test,
    // Training pairs re-indexed by the test catalogue: items that are not ranked need no mask.
    known: keepEntries(train, (_, item) => inTest[item] === 1),
    warmItems,
    coldItems: testItems.filter((item) => !isWarm[item]),
    testItems,
  };
}

function lastOfEachRow(csr: Csr, share: number): Csr {
  const from = Int32Array.from({ length: csr.rows }, (_, r) => {
    const count = csr.starts[r + 1]! - csr.starts[r]!;
    return csr.starts[r + 1]! - Math.round(share * count);
  });
  let entry = 0;
  return keepEntries(csr, (row) => entry++ >= from[row]!);
}
