/** The middle of sorted values (the mean of the two middle ones for an even count); throws for none. */
export function medianOf(values: ArrayLike<number>): number {
  if (values.length === 0) throw new RangeError("Cannot take the median: there are no values");
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
