import { columnsOf, hasEntry } from "../../core";
import { pairsInTime } from "../../data";
import type { PreparedData } from "./dataStage";

/** Positives of each user and of each item, for histograms. */
export function activityOf({ positives, split }: PreparedData): {
  readonly perUser: Int32Array;
  readonly perItem: Int32Array;
} {
  const perUser = new Int32Array(split.userCount);
  const perItem = new Int32Array(split.itemCount);
  for (const user of positives.users) perUser[user]! += 1;
  for (const item of positives.items) perItem[item]! += 1;
  return { perUser, perItem };
}

/** Table 4 for this data, one row a statistic. */
export function table4Rows({
  statistics,
}: PreparedData): readonly { readonly Statistic: string; readonly Value: string }[] {
  const rows: readonly (readonly [string, string])[] = [
    ["# users", String(statistics.users)],
    ["# overlapping items", String(statistics.overlappingItems)],
    ["# snapshot", statistics.snapshot],
    ["train: # items", String(statistics.trainItems)],
    ["train: # interactions", String(statistics.trainInteractions)],
    ["train: sparsity %", statistics.trainSparsity.toFixed(3)],
    ["test: # items", String(statistics.testItems)],
    ["test: # interactions", String(statistics.testInteractions)],
    ["test: sparsity %", statistics.testSparsity.toFixed(3)],
  ];
  return rows.map(([Statistic, Value]) => ({ Statistic, Value }));
}

/** Users, positives and candidates that each setting averages over. */
export function settingRows({ testView }: PreparedData): readonly Readonly<Record<string, string | number>>[] {
  return (["fullShot", "zeroShot"] as const).map((setting) => {
    const { positives, candidates } = testView[setting];
    const users = Array.from({ length: positives.rows }, (_, user) => columnsOf(positives, user).length).filter(
      (n) => n > 0,
    );
    const name = setting === "fullShot" ? "full-shot (warm and cold items)" : "zero-shot (cold items only)";
    return { setting: name, users: users.length, positives: positives.columns.length, candidates: candidates.length };
  });
}

/** One interaction of a user and the part of the split it fell into. */
export interface UserEvent {
  readonly item: string;
  readonly time: number;
  readonly part: "train" | "validation" | "test";
  readonly cold: boolean;
}

/** A user's positives in order of time with their part; pairs with cold items before the cut are in no training and left out. */
export function userEvents(data: PreparedData, user: number): readonly UserEvent[] {
  const { split, positives, catalogue } = data;
  const cold = new Set(split.coldItems);
  const timeOf = new Map<number, number>();
  for (let e = 0; e < positives.users.length; e++) {
    if (positives.users[e] === user) timeOf.set(positives.items[e]!, positives.times?.[e] ?? e);
  }
  return pairsInTime(positives)[user]!.flatMap((item): UserEvent[] => {
    const part = hasEntry(split.test, user, item)
      ? "test"
      : hasEntry(split.validation, user, item)
        ? "validation"
        : hasEntry(split.train, user, item)
          ? "train"
          : undefined;
    if (part === undefined) return [];
    return [{ item: catalogue.item(item).title, time: timeOf.get(item)!, part, cold: cold.has(item) }];
  });
}

/** One row for each category of each positive, at most `limit` positives: for frames that count and group. */
export function categoryRows(
  { positives, catalogue, split }: PreparedData,
  limit: number,
): readonly { readonly category: string; readonly cold: number; readonly rating: number }[] {
  const cold = new Set(split.coldItems);
  return Array.from(positives.items.subarray(0, limit)).flatMap((item, row) =>
    catalogue.item(item).categories.map((category) => ({
      category,
      cold: cold.has(item) ? 1 : 0,
      rating: positives.ratings?.[row] ?? 1,
    })),
  );
}
