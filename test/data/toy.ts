import { columnsOf, prngOf, randomInt, randomPermutation, type Csr } from "reclm/core";
import type { Interactions } from "reclm/data";

/** One interaction: user, item, seconds. */
export type Row = readonly [user: number, item: number, time: number];

/** Interactions of `userCount` users and `itemCount` items, in the order of the rows. */
export function interactionsOf(userCount: number, itemCount: number, rows: readonly Row[]): Interactions {
  return {
    users: Int32Array.from(rows, ([user]) => user),
    items: Int32Array.from(rows, ([, item]) => item),
    times: Float64Array.from(rows, ([, , time]) => time),
    userIds: Array.from({ length: userCount }, (_, user) => `u${user}`),
    itemIds: Array.from({ length: itemCount }, (_, item) => `i${item}`),
  };
}

/** Users with 0 to 40 pairs among 60 items (some unused), times with many ties, rows in random order. */
export function randomInteractions(seed: number): Interactions {
  const prng = prngOf(seed, "toy interactions");
  const rows: Row[] = [];
  for (let user = 0; user < 30; user++) {
    const items = randomPermutation(60, prng).slice(0, user === 0 ? 0 : randomInt(prng, 41));
    for (const item of items) rows.push([user, item, randomInt(prng, 12)]);
  }
  const order = randomPermutation(rows.length, prng);
  return interactionsOf(
    30,
    60,
    Array.from(order, (at) => rows[at]!),
  );
}

/** "user:item" of every entry, by user, then item. */
export function pairsOf(csr: Csr): readonly string[] {
  return Array.from({ length: csr.rows }, (_, r) => Array.from(columnsOf(csr, r), (c) => `${r}:${c}`)).flat();
}

/** "user:item" of every row, by user, then item. */
export function rowPairsOf({ users, items }: Interactions): readonly string[] {
  const pairs = Array.from(users, (user, row) => [user, items[row]!] as const);
  pairs.sort(([a, i], [b, j]) => a - b || i - j);
  return pairs.map(([user, item]) => `${user}:${item}`);
}
