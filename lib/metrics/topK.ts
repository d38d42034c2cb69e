/**
 * Writes the best numbers of a row to `best` and their scores to `kept`, best first; of equal scores the lower number
 * comes first. Columns marked in `skipped` never enter; `ids` names the columns (ascending), else they name themselves.
 * Places left over keep what they held.
 *
 * A bounded insertion: columns come ascending, so a score must exceed the worst kept one to enter, and goes behind its
 * equals. Throws for a score that is not a number.
 *
 * @example keepBest(Float32Array.of(1, 3, 3), undefined, undefined, best, kept) // best of length 2: [1, 2]
 */
export function keepBest(
  row: Float32Array,
  skipped: Uint8Array | undefined,
  ids: Int32Array | undefined,
  best: Int32Array,
  kept: Float32Array,
): void {
  const k = best.length;
  let count = 0;
  for (let c = 0; c < row.length; c++) {
    const score = row[c]!;
    if (count === k && score <= kept[k - 1]!) continue;
    if (skipped?.[c]) continue;
    if (Number.isNaN(score)) throw new RangeError(`Cannot rank item ${ids ? ids[c] : c}: its score is NaN`);
    let place = count < k ? count++ : k - 1;
    while (place > 0 && kept[place - 1]! < score) {
      kept[place] = kept[place - 1]!;
      best[place] = best[place - 1]!;
      place--;
    }
    kept[place] = score;
    best[place] = ids ? ids[c]! : c;
  }
}
