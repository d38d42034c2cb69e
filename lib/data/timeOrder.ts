import type { Interactions } from "./interactions";

/**
 * Per user the items in order of time, ties by lower item index; where the data set has no times, in the order of its rows.
 *
 * @example pairsInTime(interactions)[user]!.at(-1) // the user's last item
 */
export function pairsInTime({ users, items, times, userIds }: Interactions): readonly (readonly number[])[] {
  const rows: number[][] = userIds.map(() => []);
  for (let row = 0; row < users.length; row++) rows[users[row]!]!.push(row);
  return rows.map((own) => {
    if (times) own.sort((a, b) => times[a]! - times[b]! || items[a]! - items[b]!);
    return own.map((row) => items[row]!);
  });
}

/** The last round(share n) of n values, halves up. */
export function lastShare<T>(values: readonly T[], share: number): readonly T[] {
  return values.slice(values.length - Math.round(share * values.length));
}

/** Throws a RangeError that names the field unless a share lies from 0 to below 1. */
export function checkShares(shares: Readonly<Record<string, number>>): void {
  for (const [field, share] of Object.entries(shares)) {
    if (!(share >= 0 && share < 1))
      throw new RangeError(`Cannot split with ${field} ${share}: it lies from 0 to below 1`);
  }
}
