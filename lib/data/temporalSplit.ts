import { csrOfPairs, prngOf, randomPermutation, type Csr } from "../core";
import type { Interactions } from "./interactions";
import { flags, usedColumns } from "./pairs";
import type { Split } from "./split";

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
}

/**
 * Per-user hold-out in time with cold items (the default on MovieLens).
 *
 * Each user's pairs are ordered by time, ties by lower item index; of n pairs the last round(testShare n) are test. Items with a
 * pair are dealt to `folds` folds by seed; the items of `fold` leave training entirely. Of a user's m remaining pairs the
 * last round(validationShare m) are validation. Pairs of cold items before the cut are known, but in no training.
 *
 * Full-shot ranks warm, cold and those items together that have test pairs only.
 */
export function temporalSplit(positives: Interactions, options: TemporalSplitOptions): Split {
  check(options);
  const [userCount, itemCount] = [positives.userIds.length, positives.itemIds.length];
  const coldItems = foldItems(positives, options);
  const isCold = flags(itemCount, coldItems);
  const parts = { train: pairList(), validation: pairList(), test: pairList(), known: pairList() };
  pairsInTime(positives).forEach((items, user) => {
    const cut = items.length - Math.round(options.testShare * items.length);
    const before = items.slice(0, cut);
    const warm = before.filter((item) => !isCold[item]);
    const validationFrom = warm.length - Math.round(options.validationShare * warm.length);
    for (const item of items.slice(cut)) parts.test.add(user, item);
    for (const item of before) parts.known.add(user, item);
    for (const item of warm) parts.train.add(user, item);
    for (const item of warm.slice(validationFrom)) parts.validation.add(user, item);
  });
  const matrix = (list: PairList): Csr => csrOfPairs(userCount, itemCount, list.users, list.items);
  const [train, test] = [matrix(parts.train), matrix(parts.test)];
  const warmItems = usedColumns(train);
  const inTest = flags(itemCount, [...warmItems, ...coldItems, ...usedColumns(test)]);
  const testItems = Int32Array.from(inTest.keys()).filter((item) => inTest[item] === 1);
  const validation = matrix(parts.validation);
  const name = `last ${percent(options.testShare)} of each user in time, fold ${options.fold} of ${options.folds} cold`;
  return {
    name,
    userCount,
    itemCount,
    train,
    validation,
    test,
    known: matrix(parts.known),
    warmItems,
    coldItems,
    testItems,
  };
}

/** Keeps each user's last `count` training pairs in time (few-shot); what is dropped stays known and is ranked for nobody. */
export function lastTrainingPairs(split: Split, positives: Interactions, count: number): Split {
  if (!(count >= 1)) throw new RangeError(`Cannot keep ${count} training pairs a user: at least 1 is needed`);
  const inTrain = new Set(pairKeys(split.train));
  const users: number[] = [];
  const items: number[] = [];
  pairsInTime(positives).forEach((history, user) => {
    const own = history.filter((item) => inTrain.has(user * split.itemCount + item)).slice(-count);
    for (const item of own) {
      users.push(user);
      items.push(item);
    }
  });
  const train = csrOfPairs(split.userCount, split.itemCount, users, items);
  const kept = new Set(pairKeys(train));
  const validation = pairKeys(split.validation).filter((key) => kept.has(key));
  const rows = validation.map((key) => Math.floor(key / split.itemCount));
  const columns = validation.map((key) => key % split.itemCount);
  return {
    ...split,
    name: `${split.name}, last ${count} training pairs a user`,
    train,
    validation: csrOfPairs(split.userCount, split.itemCount, rows, columns),
    warmItems: usedColumns(train),
  };
}

/** Items with a pair, dealt to folds by seed; the fold's, ascending. */
function foldItems(positives: Interactions, { folds, fold, seed }: TemporalSplitOptions): Int32Array {
  const used = [...new Set(positives.items)].sort((a, b) => a - b);
  const order = randomPermutation(used.length, prngOf(seed, "item folds"));
  return Int32Array.from(order.keys())
    .filter((place) => place % folds === fold)
    .map((place) => used[order[place]!]!)
    .sort();
}

/** Per user the items in order of time; ties, and data without times, by lower item index. */
export function pairsInTime({ users, items, times, userIds }: Interactions): readonly (readonly number[])[] {
  const rows: number[][] = userIds.map(() => []);
  for (let row = 0; row < users.length; row++) rows[users[row]!]!.push(row);
  return rows.map((own) => {
    own.sort((a, b) => (times ? times[a]! - times[b]! : 0) || items[a]! - items[b]!);
    return own.map((row) => items[row]!);
  });
}

function pairKeys(csr: Csr): readonly number[] {
  const keys: number[] = [];
  for (let r = 0; r < csr.rows; r++) {
    for (let e = csr.starts[r]!; e < csr.starts[r + 1]!; e++) keys.push(r * csr.cols + csr.columns[e]!);
  }
  return keys;
}

interface PairList {
  readonly users: number[];
  readonly items: number[];
  add(user: number, item: number): void;
}

function pairList(): PairList {
  const [users, items]: [number[], number[]] = [[], []];
  return {
    users,
    items,
    add: (user, item) => {
      users.push(user);
      items.push(item);
    },
  };
}

function check({ testShare, validationShare, folds, fold }: TemporalSplitOptions): void {
  for (const [field, share] of Object.entries({ testShare, validationShare })) {
    if (!(share >= 0 && share < 1))
      throw new RangeError(`Cannot split with ${field} ${share}: it lies from 0 to below 1`);
  }
  if (!(Number.isInteger(folds) && folds >= 2))
    throw new RangeError(`Cannot split into ${folds} folds: at least 2 are needed`);
  if (!(Number.isInteger(fold) && fold >= 0 && fold < folds))
    throw new RangeError(`Cannot use fold ${fold} of ${folds}: they count from 0`);
}

function percent(share: number): string {
  return `${Math.round(share * 100)}%`;
}
