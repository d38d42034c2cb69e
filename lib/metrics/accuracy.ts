import { columnsOf, hasEntry, meanOf } from "../core";
import type { Evaluation } from "../data";
import { rank, type Ranking, type Scorer } from "./ranking";

/** The paper's four accuracy numbers, each 0..1, of one user or as a mean. */
export interface AccuracyValues<T> {
  readonly recall20: T;
  readonly recall40: T;
  readonly ndcg20: T;
  readonly ndcg40: T;
}

/** Accuracy in one setting. */
export interface AccuracyResult {
  /** Mean over the users. */
  readonly mean: AccuracyValues<number>;
  /** [n] users with at least one positive, ascending. */
  readonly users: Int32Array;
  /** [n] each user's own values, for paired tests. */
  readonly perUser: AccuracyValues<Float32Array>;
  /** Held-out pairs of these users. */
  readonly positives: number;
  /** Items ranked. */
  readonly candidates: number;
}

/** Accuracy of rankings of at least 40 items a user. */
export function accuracyOf(ranking: Ranking, evaluation: Evaluation): AccuracyResult {
  const { users, items, k } = ranking;
  const n = users.length;
  if (n === 0) throw new RangeError("Cannot average over users: none has a held-out positive");
  if (k < 40) throw new RangeError(`Cannot take Recall@40 of rankings of ${k} items`);
  const column = (): Float32Array => new Float32Array(n);
  const perUser = { recall20: column(), recall40: column(), ndcg20: column(), ndcg40: column() };
  const hits = new Uint8Array(40);
  let positives = 0;
  for (let row = 0; row < n; row++) {
    const user = users[row]!;
    const own = columnsOf(evaluation.positives, user).length;
    positives += own;
    for (let r = 0; r < hits.length; r++) hits[r] = hasEntry(evaluation.positives, user, items[row * k + r]!) ? 1 : 0;
    [perUser.recall20[row], perUser.ndcg20[row]] = accuracyOfHits(hits, own, 20);
    [perUser.recall40[row], perUser.ndcg40[row]] = accuracyOfHits(hits, own, 40);
  }
  const mean = {
    recall20: meanOf(perUser.recall20),
    recall40: meanOf(perUser.recall40),
    ndcg20: meanOf(perUser.ndcg20),
    ndcg40: meanOf(perUser.ndcg40),
  };
  return { mean, users, perUser, positives, candidates: evaluation.candidates.length };
}

const discounts = Float64Array.from({ length: 40 }, (_, r) => 1 / Math.log2(r + 2));

/**
 * Recall@k and NDCG@k of one user with a positive, each 0..1, from marks at the ranks that were hit: for k up to 40.
 *
 * Recall is hits over all positives (not capped at k); NDCG the sum over hits at rank r (from 0) of 1 / log2(r + 2), over the same
 * sum for min(positives, k) hits at the top. Source: HKUDS/RecLM, calcRes.
 */
function accuracyOfHits(hits: Uint8Array, positives: number, k: number): readonly [number, number] {
  let [found, gain, ideal] = [0, 0, 0];
  for (let r = 0; r < k; r++) {
    found += hits[r]!;
    if (hits[r]) gain += discounts[r]!;
    if (r < positives) ideal += discounts[r]!;
  }
  return [found / positives, gain / ideal];
}

/**
 * Recall and NDCG at 20 and 40 of a scorer: all candidates ranked for every user with a positive, known pairs masked.
 *
 * Throws when a positive is not a candidate or is masked: it could never be found.
 */
export function evaluate(scorer: Scorer, evaluation: Evaluation): AccuracyResult {
  checkPositives(evaluation);
  return accuracyOf(rank(scorer, evaluation, 40), evaluation);
}

function checkPositives({ positives, masked, candidates }: Evaluation): void {
  const isCandidate = new Uint8Array(positives.cols);
  for (const item of candidates) isCandidate[item] = 1;
  for (let u = 0; u < positives.rows; u++) {
    for (const item of columnsOf(positives, u)) {
      if (!isCandidate[item]) throw new RangeError(`Cannot evaluate user ${u}: positive ${item} is not a candidate`);
      if (hasEntry(masked, u, item)) throw new RangeError(`Cannot evaluate user ${u}: positive ${item} is masked`);
    }
  }
}
