import { prngOf, randomPermutation, type Csr } from "../core";
import type { Interactions } from "./interactions";
import { csrOfRows, flags, usedColumns } from "./pairs";
import type { Split } from "./split";
import { checkShares, lastShare, pairsInTime } from "./timeOrder";

/** Shares and folds of a per-user hold-out in time. */
export interface TemporalSplitOptions {
  /** Share of each user's pairs that is test: the last ones. */
  readonly testShare: number;
  /** Share of what remains for training that is validation: the last ones. */
  readonly validationShare: number;
  /** Item folds, each cold once. */
  readonly folds: number;
  /** The fold that is cold now, from 0. */
  readonly fold: number;
  /** Decides the folds alone. */
  readonly seed: number;
  /** Few-shot: of each user's training pairs only the last so many stay, validation included. Default: all. */
  readonly shots?: number;
}

/**
 * Per-user hold-out in time with cold items (the default on MovieLens).
 *
 * Each user's pairs are ordered by time, ties by lower item index; of n pairs the last round(testShare n) are test. Items with a
 * pair are dealt to `folds` folds by seed; the items of `fold` leave training entirely. Of a user's m remaining pairs the
 * last round(validationShare m) are validation. Pairs before the cut that are in no training, those of cold items and those
 * that `shots` drops, are known all the same: rankings leave them out. Interactions that are no positives are not seen here: their
 * items stay candidates.
 *
 * Full-shot ranks every item with a pair: warm, cold, and those with test pairs only.
 *
 * @example temporalSplit(liked, { testShare: 0.2, validationShare: 0.1, folds: 5, fold: 0, seed: 1 }).coldItems
 */
export function temporalSplit(positives: Interactions, options: TemporalSplitOptions): Split {
  check(options);
  const { testShare, validationShare, folds, fold, shots = Infinity } = options;
  const testItems = Int32Array.from(new Set(positives.items)).sort();
  const coldItems = foldOf(testItems, options);
  const isCold = flags(positives.itemIds.length, coldItems);
  const users = pairsInTime(positives).map((items) => {
    const test = lastShare(items, testShare);
    const known = items.slice(0, items.length - test.length);
    const warm = known.filter((item) => !isCold[item]);
    const train = warm.slice(Math.max(0, warm.length - shots));
    return { test, known, train, validation: lastShare(train, validationShare) };
  });
  const matrix = (part: "train" | "validation" | "test" | "known"): Csr =>
    csrOfRows(
      users.map((user) => user[part]),
      positives.itemIds.length,
    );
  const train = matrix("train");
  const fewShot = options.shots === undefined ? "" : `, ${shots} training pairs a user`;
  return {
    name: `last ${Math.round(testShare * 100)}% of each user in time, fold ${fold} of ${folds} cold${fewShot}`,
    userCount: train.rows,
    itemCount: train.cols,
    train,
    validation: matrix("validation"),
    test: matrix("test"),
    known: matrix("known"),
    warmItems: usedColumns(train),
    coldItems,
    testItems,
  };
}

/** The items of one fold, ascending: every item lies in exactly one. */
function foldOf(items: Int32Array, { folds, fold, seed }: TemporalSplitOptions): Int32Array {
  const order = randomPermutation(items.length, prngOf(seed, "item folds"));
  return order
    .filter((_, place) => place % folds === fold)
    .map((at) => items[at]!)
    .sort();
}

function check({ testShare, validationShare, folds, fold, shots }: TemporalSplitOptions): void {
  checkShares({ testShare, validationShare });
  if (!(Number.isInteger(folds) && folds >= 2))
    throw new RangeError(`Cannot split into ${folds} folds: at least 2 are needed`);
  if (!(Number.isInteger(fold) && fold >= 0 && fold < folds))
    throw new RangeError(`Cannot use fold ${fold} of ${folds}: they count from 0`);
  if (shots !== undefined && !(Number.isInteger(shots) && shots >= 1))
    throw new RangeError(`Cannot keep ${shots} training pairs a user: at least 1 is needed`);
}
