import type { Catalogue } from "../catalogue";
import type { Interactions } from "../interactions";
import type { RawDatabase } from "./duckDb";

/** Two snapshots that name users and items alike, as `snapshotSplit` takes them. */
export interface Snapshots {
  readonly name: string;
  readonly catalogue: Catalogue;
  readonly first: Interactions;
  readonly second: Interactions;
  readonly notes: readonly string[];
}

/** Which users stay: those with at least so many different items in each period. */
export interface SnapshotUsers {
  /** @default 1 */
  readonly minFirst?: number;
  /** @default 1 */
  readonly minSecond?: number;
}

/** Pairs in dense indices, and the ids behind them. */
export interface NumberedPairs {
  readonly userIds: readonly string[];
  readonly itemIds: readonly string[];
  readonly first: Interactions;
  readonly second: Interactions;
}

/**
 * The two snapshots of the table `kept` (period, "user", item, time, rating), whose ids sort as they shall be numbered. A pair that
 * occurs again in a period counts once, at its first time. Rows come in order of time, ties by item.
 *
 * Throws a RangeError where no user has pairs in both periods.
 */
export async function numberedPairs(
  database: RawDatabase,
  { minFirst = 1, minSecond = 1 }: SnapshotUsers,
  rated: boolean,
): Promise<NumberedPairs> {
  await database.run(
    "pairs",
    `CREATE TABLE pairs AS SELECT period, "user", item, min(time) AS time, arg_min(rating, time) AS rating
     FROM kept GROUP BY period, "user", item`,
  );
  const count = (period: number): string => `count(*) FILTER (period = ${period})`;
  await database.run(
    "users",
    `CREATE TABLE users AS SELECT "user", (row_number() OVER (ORDER BY "user") - 1)::INTEGER AS u FROM (SELECT "user" FROM pairs
     GROUP BY "user" HAVING ${count(0)} >= ${Math.max(0, minFirst)} AND ${count(1)} >= ${Math.max(0, minSecond)})`,
  );
  await database.run(
    "items",
    `CREATE TABLE items AS SELECT item, (row_number() OVER (ORDER BY item) - 1)::INTEGER AS i
     FROM (SELECT DISTINCT item FROM pairs SEMI JOIN users USING ("user"))`,
  );
  const ids = async (sql: string): Promise<readonly string[]> => {
    const found: string[] = [];
    await database.visit("ids", sql, ([id]) => found.push(String(id)));
    return found;
  };
  const userIds = await ids(`SELECT "user" FROM users ORDER BY u`);
  if (userIds.length === 0) throw new RangeError("Cannot make two snapshots: no user has enough pairs in both periods");
  const itemIds = await ids("SELECT item FROM items ORDER BY i");
  const snapshot = (period: number): Promise<Interactions> => columnsOf(database, period, { userIds, itemIds }, rated);
  return { userIds, itemIds, first: await snapshot(0), second: await snapshot(1) };
}

async function columnsOf(
  database: RawDatabase,
  period: number,
  names: Pick<Interactions, "userIds" | "itemIds">,
  rated: boolean,
): Promise<Interactions> {
  let rows = 0;
  const from = `pairs JOIN users USING ("user") JOIN items USING (item) WHERE period = ${period}`;
  await database.visit("count", `SELECT count(*)::INTEGER FROM ${from}`, ([count]) => (rows = count as number));
  const [users, items, times] = [new Int32Array(rows), new Int32Array(rows), new Float64Array(rows)];
  const ratings = rated ? new Float32Array(rows) : undefined;
  let at = 0;
  const columns = `u, i, epoch(time)::DOUBLE, rating`;
  await database.visit(`snapshot ${period + 1}`, `SELECT ${columns} FROM ${from} ORDER BY time, u, i`, (row) => {
    users[at] = row[0] as number;
    items[at] = row[1] as number;
    times[at] = row[2] as number;
    if (ratings) ratings[at] = row[3] as number;
    at += 1;
  });
  return { users, items, times, ...(ratings ? { ratings } : {}), ...names };
}
