import { InputError } from "../core";
import type { Interactions } from "./interactions";

/** One interaction as it stands in a file. */
export interface RawPair {
  readonly line: number;
  readonly user: string;
  readonly item: string;
  readonly rating: string;
  readonly time: string;
}

/**
 * Interactions in dense indices: items in the catalogue's order, users by ascending id. Every field is checked; an unknown
 * item, a number that is none, or a pair that occurs twice throws an InputError with file, line and field.
 */
export function collectInteractions(file: string, pairs: readonly RawPair[], itemIds: readonly string[]): Interactions {
  const itemIndex = indexOf(itemIds, file);
  const userIds = [...new Set(pairs.map((pair) => wholeNumber(file, pair.line, "user id", pair.user)))].sort(
    (a, b) => a - b,
  );
  const userIndex = new Map(userIds.map((id, at) => [id, at]));
  const n = pairs.length;
  const [users, items] = [new Int32Array(n), new Int32Array(n)];
  const [times, ratings] = [new Float64Array(n), new Float32Array(n)];
  const lineOf = new Map<number, number>();
  pairs.forEach((pair, e) => {
    wholeNumber(file, pair.line, "item id", pair.item);
    const item = itemIndex.get(pair.item);
    if (item === undefined)
      throw new InputError(file, pair.line, "item id", `item ${pair.item} is not in the catalogue`);
    users[e] = userIndex.get(Number(pair.user))!;
    items[e] = item;
    ratings[e] = finite(file, pair.line, "rating", pair.rating);
    times[e] = finite(file, pair.line, "timestamp", pair.time);
    const key = users[e]! * itemIds.length + item;
    const first = lineOf.get(key);
    if (first !== undefined) throw new InputError(file, pair.line, "row", `the pair of line ${first} occurs again`);
    lineOf.set(key, pair.line);
  });
  return { users, items, times, ratings, userIds: userIds.map(String), itemIds };
}

function indexOf(ids: readonly string[], file: string): ReadonlyMap<string, number> {
  const index = new Map<string, number>();
  ids.forEach((id, at) => {
    if (index.has(id)) throw new InputError(file, 1, "item id", `the catalogue of ${file} lists item ${id} twice`);
    index.set(id, at);
  });
  return index;
}

function wholeNumber(file: string, line: number, field: string, text: string): number {
  if (!/^\d+$/.test(text)) throw new InputError(file, line, field, `${JSON.stringify(text)} is not a whole number`);
  return Number(text);
}

function finite(file: string, line: number, field: string, text: string): number {
  const value = text.trim() === "" ? NaN : Number(text);
  if (!Number.isFinite(value)) throw new InputError(file, line, field, `${JSON.stringify(text)} is not a number`);
  return value;
}
