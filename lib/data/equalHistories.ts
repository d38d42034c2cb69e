import { columnsOf, type Csr } from "../core";

/** Users grouped by what they have interacted with. */
export interface EqualHistories {
  /** [G] the lowest user of each group, ascending; groups are numbered in this order. */
  readonly firstUsers: Int32Array;
  /** [U] the group of each user; -1 without any pair. */
  readonly groupOf: Int32Array;
}

/**
 * Groups users whose sets of items are equal; those without any item are in none.
 *
 * @example equalHistories(csrOfPairs(3, 2, [0, 1, 2], [1, 0, 1])).groupOf // [0, 1, 0]
 */
export function equalHistories(histories: Csr): EqualHistories {
  const groups = new Map<string, number>();
  const firstUsers: number[] = [];
  const groupOf = new Int32Array(histories.rows).fill(-1);
  for (let user = 0; user < histories.rows; user++) {
    const items = columnsOf(histories, user);
    if (items.length === 0) continue;
    const key = items.join();
    const known = groups.get(key);
    if (known === undefined) {
      groups.set(key, firstUsers.length);
      groupOf[user] = firstUsers.length;
      firstUsers.push(user);
    } else groupOf[user] = known;
  }
  return { firstUsers: Int32Array.from(firstUsers), groupOf };
}
