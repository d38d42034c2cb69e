import { csrOfPairs, prngOf, shuffled } from "../core";
import type { Interactions } from "./interactions";
import { csrOfRows, flags, keepEntries, usedColumns } from "./pairs";
import type { Split } from "./split";
import { checkShares } from "./timeOrder";

/** Which items are cold, and what of the rest is validation. */
export interface ColdItemOptions {
  /** Items that training must not see. */
  readonly coldItems: ArrayLike<number>;
  readonly seed: number;
  /** Share of each user's training pairs, drawn by seed. @default 0.1 */
  readonly validationShare?: number;
}

/**
 * A split by items alone, for pairs without times: those of cold items are test, all others training. Full-shot ranks warm and
 * cold items together with training pairs masked, so its positives are those of cold items, as in zero-shot.
 *
 * @example coldItemSplit(interactions, { coldItems: [3, 8], seed: 1 }).test
 */
export function coldItemSplit(
  interactions: Interactions,
  { coldItems, seed, validationShare = 0.1 }: ColdItemOptions,
): Split {
  checkShares({ validationShare });
  const { users, items, userIds, itemIds } = interactions;
  const all = csrOfPairs(userIds.length, itemIds.length, users, items);
  const isCold = flags(itemIds.length, coldItems);
  const train = keepEntries(all, (_, item) => isCold[item] === 0);
  const cold = Int32Array.from(new Set(Array.from(coldItems))).sort();
  const warmItems = usedColumns(train);
  const prng = prngOf(seed, "cold-item validation");
  const validation = userIds.map((_, user) => {
    const own = shuffled(train.columns.subarray(train.starts[user], train.starts[user + 1]), prng);
    return own.slice(0, Math.round(validationShare * own.length));
  });
  return {
    name: "cold items held out",
    userCount: userIds.length,
    itemCount: itemIds.length,
    train,
    validation: csrOfRows(validation, itemIds.length),
    test: keepEntries(all, (_, item) => isCold[item] === 1),
    known: train,
    warmItems,
    coldItems: cold,
    testItems: Int32Array.from([...warmItems, ...cold]).sort(),
  };
}
