import { columnsOf, csrOfPairs, prngOf, shuffled } from "../core";
import type { Dataset } from "./dataset";
import { positives, selectRows } from "./positives";

/** A smaller data set of the same kind, for runs of minutes. */
export interface SampleOptions {
  readonly users: number;
  readonly items: number;
  readonly seed: number;
  readonly minRating: number;
  /** Ids of users that are in the sample whatever the draw; each needs the positives, and one of the items. */
  readonly keep?: readonly string[];
}

/** Fewer positives than this, and a user cannot be split: never drawn. */
const minPositives = 10;

/**
 * A sample: `users` users drawn by seed among those with at least 10 positives, then the `items` items with the most positives
 * among them (ties: lower index). Indices are dense again; users left without a pair are dropped. All ratings of what
 * remains are kept. Throws a RangeError that names the users to keep who cannot be.
 *
 * @example sampleDataset(dataset, { users: 64, items: 200, seed: 1, minRating: 4, keep: ["49"] })
 */
export function sampleDataset(dataset: Dataset, { users, items, seed, minRating, keep = [] }: SampleOptions): Dataset {
  if (!(users >= 1 && items >= 1))
    throw new RangeError(`Cannot sample ${users} users and ${items} items: at least 1 of each is needed`);
  const { interactions, catalogue } = dataset;
  const liked = positives(interactions, { minRating });
  const pairs = csrOfPairs(interactions.userIds.length, catalogue.size, liked.users, liked.items);
  const able = interactions.userIds.flatMap((_, user) => (columnsOf(pairs, user).length >= minPositives ? [user] : []));
  const wanted = wantedUsers(keep, interactions.userIds, (user) => columnsOf(pairs, user).length);
  if (wanted.size > users) throw new RangeError(`Cannot keep ${wanted.size} users: the sample has ${users}`);
  const drawn = shuffled(able, prngOf(seed, "sample")).filter((user) => !wanted.has(user));
  const chosen = new Set([...wanted, ...drawn].slice(0, users));
  const counts = new Int32Array(catalogue.size);
  for (const user of chosen) for (const item of columnsOf(pairs, user)) counts[item]! += 1;
  const ranked = Array.from(counts.keys()).sort((a, b) => counts[b]! - counts[a]! || a - b);
  const kept = ranked.slice(0, items).filter((item) => counts[item]! > 0);
  const sample = reindexed(
    dataset,
    chosen,
    kept.sort((a, b) => a - b),
    seed,
  );
  const present = new Set(sample.interactions.userIds);
  const reason = `has none of the ${kept.length} items`;
  refuseKept(keep.filter((id) => !present.has(id)).map((id) => ({ id, reason })));
  return sample;
}

/** Indices of the users to keep, ascending. */
function wantedUsers(
  keep: readonly string[],
  userIds: readonly string[],
  positivesOf: (user: number) => number,
): ReadonlySet<number> {
  const found = usersToKeep(keep, userIds);
  const few = found.filter((user) => positivesOf(user) < minPositives);
  const reasonOf = (user: number): string => `has ${positivesOf(user)} positives, at least ${minPositives} are needed`;
  refuseKept(few.map((user) => ({ id: userIds[user]!, reason: reasonOf(user) })));
  return new Set(found);
}

/** Indices of these ids, ascending; throws a RangeError that names those that nobody has. */
export function usersToKeep(keep: readonly string[], userIds: readonly string[]): readonly number[] {
  const [wanted, known] = [new Set(keep), new Set(userIds)];
  refuseKept([...wanted].filter((id) => !known.has(id)).map((id) => ({ id, reason: "is no user of the data" })));
  return Array.from(userIds.keys()).filter((user) => wanted.has(userIds[user]!));
}

function refuseKept(refused: readonly { readonly id: string; readonly reason: string }[]): void {
  if (refused.length === 0) return;
  const reasons = refused.map(({ id, reason }) => `${JSON.stringify(id)} ${reason}`);
  throw new RangeError(`Cannot keep users in the sample: ${reasons.join("; ")}`);
}

function reindexed(dataset: Dataset, users: ReadonlySet<number>, items: readonly number[], seed: number): Dataset {
  const itemIndex = new Map(items.map((item, at) => [item, at]));
  const { interactions } = dataset;
  const rows = selectRows(
    interactions,
    (row) => users.has(interactions.users[row]!) && itemIndex.has(interactions.items[row]!),
  );
  const present = [...new Set(rows.users)].sort((a, b) => a - b);
  const userIndex = new Map(present.map((user, at) => [user, at]));
  return {
    name: dataset.name,
    catalogue: dataset.catalogue.select(items),
    notes: [...dataset.notes, `a sample of ${present.length} users and ${items.length} items (seed ${seed})`],
    interactions: {
      ...rows,
      users: rows.users.map((user) => userIndex.get(user)!),
      items: rows.items.map((item) => itemIndex.get(item)!),
      userIds: present.map((user) => interactions.userIds[user]!),
      itemIds: items.map((item) => interactions.itemIds[item]!),
    },
  };
}
