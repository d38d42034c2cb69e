import type { Interactions } from "../interactions";
import { clonePath, type CloneFileKey, type RecLmName } from "./clone";
import type { CloneItems } from "./items";
import { contentError, readDict, readMatrix, wholeNumber, wholeNumbers } from "./mappings";

/** Pairs of one file: users as they are numbered, items as catalogue indices, in the order of the file by user. */
export interface ClonePairs {
  readonly file: string;
  readonly userCount: number;
  readonly users: Int32Array;
  readonly items: Int32Array;
}

/** Where files of a clone lie and what its items are called. */
export interface CloneSource {
  readonly root: string;
  readonly name: RecLmName;
  readonly items: CloneItems;
}

/** Pairs of a matrix whose columns are those of a map's values. */
export async function matrixPairs(
  { root, name, items }: CloneSource,
  key: CloneFileKey,
  itemOfColumn: readonly number[],
): Promise<ClonePairs> {
  const file = clonePath(root, name, key);
  const { rows, cols, row, column } = await readMatrix(file);
  if (cols !== itemOfColumn.length) {
    throw contentError(file, "shape", `${cols} columns stand beside a map of ${itemOfColumn.length} items`);
  }
  const indexOfColumn = itemOfColumn.map((id) => items.indexOf(file, id));
  const order = Array.from(row.keys()).sort((a, b) => row[a]! - row[b]! || a - b);
  return {
    file,
    userCount: rows,
    users: Int32Array.from(order, (entry) => row[entry]!),
    items: Int32Array.from(order, (entry) => indexOfColumn[column[entry]!]!),
  };
}

/** Pairs of a dict from user to list of global item ids. */
export async function listPairs({ root, name, items }: CloneSource, key: CloneFileKey): Promise<ClonePairs> {
  const file = clonePath(root, name, key);
  const dict = await readDict(file);
  const lists = new Array<readonly number[] | undefined>(dict.size).fill(undefined);
  for (const [key_, value] of dict) {
    const user = wholeNumber(file, "key", key_);
    if (user >= dict.size) throw contentError(file, `user ${user}`, `there are ${dict.size} users`);
    lists[user] = wholeNumbers(file, `user ${user}`, value);
  }
  const users = lists.flatMap((list, user) => list!.map(() => user));
  const own = lists.flatMap((list) => list!.map((id) => items.indexOf(file, id)));
  return { file, userCount: dict.size, users: Int32Array.from(users), items: Int32Array.from(own) };
}

/** Pairs as the project's interactions, users named by their numbers. */
export function interactionsOfPairs({ users, items, userCount }: ClonePairs, itemIds: readonly string[]): Interactions {
  return { users, items, userIds: Array.from({ length: userCount }, (_, user) => String(user)), itemIds };
}
