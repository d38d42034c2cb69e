import type { Interactions } from "./interactions";

/** The interactions of some rows, in their order; users and items keep their indices. */
export function selectRows(interactions: Interactions, keep: (row: number) => boolean): Interactions {
  const rows = Array.from(interactions.users.keys()).filter(keep);
  const { times, ratings } = interactions;
  return {
    users: Int32Array.from(rows, (row) => interactions.users[row]!),
    items: Int32Array.from(rows, (row) => interactions.items[row]!),
    ...(times ? { times: Float64Array.from(rows, (row) => times[row]!) } : {}),
    ...(ratings ? { ratings: Float32Array.from(rows, (row) => ratings[row]!) } : {}),
    userIds: interactions.userIds,
    itemIds: interactions.itemIds,
  };
}

/** Interactions rated `minRating` or higher, both as 32-bit numbers; all of them where the data set has no ratings. */
export function positives(interactions: Interactions, { minRating }: { readonly minRating: number }): Interactions {
  const { ratings } = interactions;
  // Ratings are 32-bit: the nearest such number to 3.3 is below 3.3.
  const least = Math.fround(minRating);
  return ratings ? selectRows(interactions, (row) => ratings[row]! >= least) : interactions;
}
