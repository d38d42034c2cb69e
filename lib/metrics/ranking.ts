import { columnsOf, type Csr, type Matrix } from "../core";
import type { Evaluation } from "../data";
import { keepBest } from "./topK";

/** Anything that scores items for users; higher is better. */
export interface Scorer {
  /** [users, candidates] scores of the named items for the named users. */
  scores(users: Int32Array, candidates: Int32Array): Matrix;
  /**
   * [n * k] the best `k` candidates of each user, best first, of equal scores the lower first, without the columns that
   * `hidden` names by row; -1 in places left over. For scorers that find them faster than by handing out all scores.
   */
  best?(users: Int32Array, candidates: Int32Array, k: number, hidden: readonly Int32Array[]): Int32Array;
}

/** The best items of each ranked user, best first. */
export interface Ranking {
  /** [n] user indices */
  readonly users: Int32Array;
  readonly k: number;
  /** [n * k] item indices; -1 fills rows of users with fewer than k unmasked candidates. */
  readonly items: Int32Array;
}

// Scores of a block take 4 bytes x block x candidates: 2 MB for 500 items, 30 MB for 8,000.
const blockOf = (candidates: number): number =>
  Math.max(64, Math.min(1024, Math.floor(2_000_000 / Math.max(1, candidates))));

/** Users with at least one positive, ascending: the only ones that metrics average over. */
export function rankedUsers(evaluation: Evaluation): Int32Array {
  const { positives } = evaluation;
  const users: number[] = [];
  for (let u = 0; u < positives.rows; u++) if (positives.starts[u + 1]! > positives.starts[u]!) users.push(u);
  return Int32Array.from(users);
}

/**
 * Ranks all candidates for each user and keeps the best `k`; masked pairs are never listed, and of equal scores the lower
 * item index comes first. Users are scored in blocks.
 *
 * Throws for a score that is not a number.
 */
export function rank(
  scorer: Scorer,
  evaluation: Evaluation,
  k: number,
  users: Int32Array = rankedUsers(evaluation),
): Ranking {
  if (!(Number.isInteger(k) && k >= 1)) throw new RangeError(`Cannot keep the best ${k} items: k must be at least 1`);
  const { candidates, masked } = evaluation;
  const items = new Int32Array(users.length * k).fill(-1);
  const columnOf = columnsOfItems(candidates, masked.cols);
  const block = blockOf(candidates.length);
  for (let from = 0; from < users.length; from += block) {
    const some = users.subarray(from, Math.min(from + block, users.length));
    const hidden = Array.from(some, (user) => hiddenColumns(masked, user, columnOf));
    items.set(scorer.best?.(some, candidates, k, hidden) ?? bestOf(scorer, some, candidates, k, hidden), from * k);
  }
  return { users, k, items };
}

/** The best candidates by all scores. */
function bestOf(
  scorer: Scorer,
  users: Int32Array,
  candidates: Int32Array,
  k: number,
  hidden: readonly Int32Array[],
): Int32Array {
  const { rows, cols, data } = scorer.scores(users, candidates);
  if (rows !== users.length || cols !== candidates.length) {
    throw new RangeError(
      `Cannot rank: the scorer gave ${rows} x ${cols} scores for ${users.length} users, ${candidates.length} items`,
    );
  }
  const best = new Int32Array(rows * k).fill(-1);
  const kept = new Float32Array(k);
  const skipped = new Uint8Array(cols);
  for (let r = 0; r < rows; r++) {
    for (const column of hidden[r]!) skipped[column] = 1;
    keepBest(data.subarray(r * cols, (r + 1) * cols), skipped, candidates, best.subarray(r * k, (r + 1) * k), kept);
    for (const column of hidden[r]!) skipped[column] = 0;
  }
  return best;
}

/** [I] the column of each candidate, -1 for other items. */
function columnsOfItems(candidates: Int32Array, itemCount: number): Int32Array {
  const columnOf = new Int32Array(itemCount).fill(-1);
  let former = -1;
  candidates.forEach((item, column) => {
    if (!(item > former && item < itemCount)) {
      throw new RangeError(`Cannot rank item ${item}: candidates must be ascending items below ${itemCount}`);
    }
    former = item;
    columnOf[item] = column;
  });
  return columnOf;
}

/** The columns of a user's masked candidates. */
function hiddenColumns(masked: Csr, user: number, columnOf: Int32Array): Int32Array {
  return columnsOf(masked, user)
    .map((item) => columnOf[item]!)
    .filter((column) => column >= 0);
}
