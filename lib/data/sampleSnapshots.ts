import { prngOf, shuffled } from "../core";
import type { Interactions } from "./interactions";
import { selectRows } from "./positives";
import { usersToKeep } from "./sample";

/** Two snapshots in time that name the same users and items. */
export interface SnapshotPair {
  readonly first: Interactions;
  readonly second: Interactions;
}

/** Which users of two snapshots stay. */
export interface SnapshotSampleOptions {
  readonly users: number;
  /** Pairs that a drawn user has in the first snapshot at least. */
  readonly leastPairs: number;
  /** Ids of users that are in the sample whatever the draw. */
  readonly keep: readonly string[];
  readonly seed: number;
}

/**
 * Both snapshots with fewer users: those to keep, then others drawn by seed. Indices of users are dense again, in the order they
 * had; all items keep theirs, also those that lose every pair. Throws a RangeError that names the users to keep whom nobody is.
 *
 * @example sampleSnapshots({ first, second }, { users: 4000, leastPairs: 3, keep: ["49"], seed: 1 })
 */
export function sampleSnapshots(snapshots: SnapshotPair, options: SnapshotSampleOptions): SnapshotPair {
  const { users, leastPairs, keep, seed } = options;
  const { userIds, users: rows } = snapshots.first;
  const wanted = new Set(usersToKeep(keep, userIds));
  if (wanted.size > users) throw new RangeError(`Cannot keep ${wanted.size} users: the sample has ${users}`);
  const counts = new Int32Array(userIds.length);
  for (const user of rows) counts[user]! += 1;
  const able = Array.from(counts.keys()).filter((user) => counts[user]! >= leastPairs && !wanted.has(user));
  const drawn = shuffled(able, prngOf(seed, "sample")).slice(0, users - wanted.size);
  const chosen = [...wanted, ...drawn].sort((a, b) => a - b);
  const place = new Map(chosen.map((user, at) => [user, at]));
  const ofChosen = (whole: Interactions): Interactions => {
    const own = selectRows(whole, (row) => place.has(whole.users[row]!));
    return {
      ...own,
      users: own.users.map((user) => place.get(user)!),
      userIds: chosen.map((user) => whole.userIds[user]!),
    };
  };
  return { first: ofChosen(snapshots.first), second: ofChosen(snapshots.second) };
}
