import type { Csr } from "../core";
import type { Evaluation } from "../data";
import { rank, type Scorer } from "./ranking";

/**
 * Popularity bias: the share of all recommendations in the first 20 places that goes to the head, 0..1. The head is the given
 * share of the items with a training pair, those with the most pairs (of equals the lower index).
 *
 * @example headShare(scorer, testView.fullShot, train, 0.2) // 0.93: nearly all lists are made of the most popular fifth
 */
export function headShare(scorer: Scorer, evaluation: Evaluation, train: Csr, share: number): number {
  if (!(share > 0 && share <= 1))
    throw new RangeError(`Cannot take a head of ${share}: it must be a share above 0, up to 1`);
  const isHead = headItems(train, share);
  let [listed, inHead] = [0, 0];
  for (const item of rank(scorer, evaluation, 20).items) {
    if (item < 0) continue;
    listed += 1;
    inHead += isHead[item]!;
  }
  return inHead / listed;
}

/** [I] 1 for the items of the head. */
export function headItems(train: Csr, share: number): Uint8Array {
  const counts = new Float64Array(train.cols);
  for (const item of train.columns) counts[item]! += 1;
  const used = Array.from(counts.keys()).filter((item) => counts[item]! > 0);
  used.sort((a, b) => counts[b]! - counts[a]! || a - b);
  const isHead = new Uint8Array(train.cols);
  for (const item of used.slice(0, Math.round(share * used.length))) isHead[item] = 1;
  return isHead;
}
