import { InputError } from "../core";
import { Catalogue, type CatalogueItem } from "./catalogue";
import type { Interactions } from "./interactions";

/** What may name a user or an item: a whole number without leading zeros, or any text that is not blank. */
export type IdKind = "whole number" | "text";

/** One interaction as it stands in a file. */
export interface RawPair {
  readonly line: number;
  readonly user: string;
  readonly item: string;
  readonly rating?: string;
  readonly time?: string;
}

/** What the columns of an interactions file are called in messages; without `rating` or `time` the data set has none. */
export interface PairFields {
  readonly user: string;
  readonly item: string;
  readonly rating?: string;
  readonly time?: string;
}

/** One catalogue entry with its line in the item file. */
export interface RawItem {
  readonly line: number;
  readonly item: CatalogueItem;
}

/** The rows of an item file, and how to check them. */
export interface ItemRows {
  readonly file: string;
  readonly rows: readonly RawItem[];
  readonly ids: IdKind;
  /** What the columns are called in messages. */
  readonly fields: { readonly id: string; readonly title: string };
}

/** The rows of an interactions file, and how to check them. */
export interface PairRows {
  readonly file: string;
  readonly rows: readonly RawPair[];
  /** [I] the catalogue's ids. */
  readonly itemIds: readonly string[];
  readonly ids: IdKind;
  readonly fields: PairFields;
}

/**
 * The catalogue of an item file, in the file's order.
 *
 * A blank title, an id that is not of the kind, or an id that occurs twice throws an InputError with the item file, line and field.
 *
 * @example
 * const heat = { id: "7", title: "Heat", categories: [] };
 * collectCatalogue({ file: "u.item", rows: [{ line: 1, item: heat }], ids: "text", fields: { id: "id", title: "title" } }).size; // 1
 */
export function collectCatalogue({ file, rows, ids, fields }: ItemRows): Catalogue {
  const lineOf = new Map<string, number>();
  for (const { line, item } of rows) {
    checkId(file, line, fields.id, item.id, ids);
    const first = lineOf.get(item.id);
    if (first !== undefined)
      throw new InputError(file, line, fields.id, `item ${item.id} of line ${first} occurs again`);
    lineOf.set(item.id, line);
    if (item.title.trim() === "") throw new InputError(file, line, fields.title, "it is empty");
  }
  return Catalogue.of(rows.map((row) => row.item));
}

/**
 * Interactions in dense indices: items in the order of `itemIds`, users by ascending id (numbers by value, texts by code unit).
 *
 * An unknown item, an id that is not of the kind, a rating or time that is not a number, or a pair that occurs twice throws an
 * InputError with file, line and field; an id that `itemIds` lists twice, a RangeError.
 *
 * @example
 * const rows = [{ line: 1, user: "b", item: "7" }, { line: 2, user: "a", item: "7" }];
 * collectInteractions({ file: "u.data", rows, itemIds: ["7"], ids: "text", fields: { user: "user", item: "item" } }).userIds; // ["a", "b"]
 */
export function collectInteractions({ file, rows, itemIds, ids, fields }: PairRows): Interactions {
  const itemIndex = indexOf(itemIds);
  const items = Int32Array.from(rows, ({ line, item }) => {
    const index = itemIndex.get(checkId(file, line, fields.item, item, ids));
    if (index !== undefined) return index;
    throw new InputError(file, line, fields.item, `item ${JSON.stringify(item)} is not in the catalogue`);
  });
  const users = rows.map(({ line, user }) => checkId(file, line, fields.user, user, ids));
  const userIds = [...new Set(users)].sort(ids === "text" ? byCodeUnit : (a, b) => Number(a) - Number(b));
  const userIndex = indexOf(userIds);
  const numbers = (field: "rating" | "time"): readonly number[] | undefined => {
    const name = fields[field];
    return name === undefined ? undefined : rows.map((row) => finite(file, row.line, name, row[field] ?? ""));
  };
  const [times, ratings] = [numbers("time"), numbers("rating")];
  const interactions: Interactions = {
    users: Int32Array.from(users, (id) => userIndex.get(id)!),
    items,
    ...(times ? { times: Float64Array.from(times) } : {}),
    ...(ratings ? { ratings: Float32Array.from(ratings) } : {}),
    userIds,
    itemIds,
  };
  refuseRepeats(file, rows, interactions);
  return interactions;
}

function refuseRepeats(file: string, rows: readonly RawPair[], { users, items, userIds }: Interactions): void {
  const linesOf = userIds.map(() => new Map<number, number>());
  rows.forEach(({ line }, e) => {
    const lines = linesOf[users[e]!]!;
    const first = lines.get(items[e]!);
    if (first !== undefined) throw new InputError(file, line, "row", `the pair of line ${first} occurs again`);
    lines.set(items[e]!, line);
  });
}

function indexOf(ids: readonly string[]): ReadonlyMap<string, number> {
  const index = new Map(ids.map((id, at) => [id, at]));
  if (index.size === ids.length) return index;
  const twice = ids.find((id, at) => index.get(id) !== at);
  throw new RangeError(`Cannot index items: id ${twice} occurs twice`);
}

function checkId(file: string, line: number, field: string, text: string, kind: IdKind): string {
  if (kind === "text") {
    if (text.trim() === "") throw new InputError(file, line, field, "it is empty");
  } else if (!/^(0|[1-9]\d*)$/.test(text) || !Number.isSafeInteger(Number(text))) {
    throw new InputError(file, line, field, `${JSON.stringify(text)} is not a whole number`);
  }
  return text;
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

const decimal = /^\s*[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?\s*$/i;

function finite(file: string, line: number, field: string, text: string): number {
  const value = decimal.test(text) ? Number(text) : NaN;
  if (!Number.isFinite(Math.fround(value)))
    throw new InputError(file, line, field, `${JSON.stringify(text)} is not a number`);
  return value;
}
