import { columnsOf, type Csr, type Matrix, matrixOf, normalisedRows, rowOf } from "../core";
import type { Evaluation } from "../data";
import type { AccuracyValues } from "./accuracy";
import { historyMeanText } from "./historyText";
import { rankedUsers, type Scorer } from "./ranking";

/** What a random order would score on average: closed form, by user the share of unmasked candidates that k items are. */
export function expectedRandomAccuracy(evaluation: Evaluation): AccuracyValues<number> {
  const users = rankedUsers(evaluation);
  if (users.length === 0) throw new RangeError("Cannot average over users: none has a held-out positive");
  const sums = { recall20: 0, recall40: 0, ndcg20: 0, ndcg40: 0 };
  const isCandidate = new Uint8Array(evaluation.masked.cols);
  for (const item of evaluation.candidates) isCandidate[item] = 1;
  for (const user of users) {
    const hidden = columnsOf(evaluation.masked, user).filter((item) => isCandidate[item]).length;
    const open = evaluation.candidates.length - hidden;
    const positives = columnsOf(evaluation.positives, user).length;
    sums.recall20 += Math.min(20, open) / open;
    sums.recall40 += Math.min(40, open) / open;
    sums.ndcg20 += (positives / open) * (discounts(Math.min(20, open)) / discounts(Math.min(20, positives)));
    sums.ndcg40 += (positives / open) * (discounts(Math.min(40, open)) / discounts(Math.min(40, positives)));
  }
  const n = users.length;
  return { recall20: sums.recall20 / n, recall40: sums.recall40 / n, ndcg20: sums.ndcg20 / n, ndcg40: sums.ndcg40 / n };
}

function discounts(count: number): number {
  let sum = 0;
  for (let r = 0; r < count; r++) sum += 1 / Math.log2(r + 2);
  return sum;
}

/**
 * Items by their number of pairs, the same for every user.
 *
 * With training pairs this is the popularity floor (undefined in zero-shot, where every candidate has none); with an
 * evaluation's own positives it is the oracle popularity: what a ranking without personalisation could reach at most.
 */
export function popularityScorer(pairs: Csr): Scorer {
  const counts = new Float32Array(pairs.cols);
  for (const item of pairs.columns) counts[item]! += 1;
  return {
    scores(users, candidates) {
      const row = Float32Array.from(candidates, (item) => counts[item]!);
      const scores = matrixOf(users.length, candidates.length);
      for (let r = 0; r < users.length; r++) rowOf(scores, r).set(row);
      return scores;
    },
  };
}

/**
 * Cosine of an item's text embedding with the mean of the user's training items: no parameter, no training.
 *
 * Unless `centred` is false, the mean text of the items that were trained on is taken away first: what every title has in
 * common otherwise outweighs the taste (MovieLens 100K, MiniLM: zero-shot Recall@20 .28 against .18).
 */
export function contentScorer(train: Csr, itemText: Matrix, centred = true): Scorer {
  const texts = centred ? centredRows(itemText, new Set(train.columns)) : itemText;
  return cosineScorer(historyMeanText(train, texts), texts);
}

/** Rows minus the mean of the named ones. */
function centredRows(matrix: Matrix, rows: ReadonlySet<number>): Matrix {
  const mean = new Float64Array(matrix.cols);
  for (const r of rows) rowOf(matrix, r).forEach((value, c) => (mean[c]! += value / rows.size));
  const { cols } = matrix;
  return matrixOf(
    matrix.rows,
    cols,
    matrix.data.map((value, n) => value - mean[n % cols]!),
  );
}

/** Cosines of user vectors [U, d] with item vectors [I, d]; 0 for rows of zeros. */
export function cosineScorer(userVectors: Matrix, itemVectors: Matrix): Scorer {
  if (userVectors.cols !== itemVectors.cols) {
    throw new RangeError(`Cannot compare vectors of ${userVectors.cols} with vectors of ${itemVectors.cols} numbers`);
  }
  const left = normalisedRows(userVectors);
  const right = normalisedRows(itemVectors);
  return {
    scores(users, candidates) {
      const scores = matrixOf(users.length, candidates.length);
      for (let r = 0; r < users.length; r++) {
        const user = rowOf(left, users[r]!);
        const row = rowOf(scores, r);
        for (let c = 0; c < candidates.length; c++) row[c] = dot(user, right.data, candidates[c]! * right.cols);
      }
      return scores;
    },
  };
}

function dot(a: Float32Array, b: Float32Array, from: number): number {
  let even = 0;
  let odd = 0;
  let c = 0;
  for (; c + 1 < a.length; c += 2) {
    even += a[c]! * b[from + c]!;
    odd += a[c + 1]! * b[from + c + 1]!;
  }
  if (c < a.length) even += a[c]! * b[from + c]!;
  return even + odd;
}
