import { matrixOf, rowOf, type Matrix } from "../../core";
import { matrixOfArray, readNpy } from "../numpy";
import { clonePath, type CloneFileKey } from "./clone";
import { contentError } from "./mappings";
import type { RecLmData } from "./readRecLm";

/** The clone's own embeddings; a field is absent where its file is. Rows of users and items are those of the data set. */
export interface RecLmFeatures {
  /** [I, d] text features of items (item_original_features.npy; bert-base-nli-mean-tokens, d 768). */
  readonly itemText?: Matrix;
  /** [I, d] embeddings of item profiles. */
  readonly itemProfiles?: Matrix;
  /** [U, d] embeddings of user profiles. */
  readonly userProfiles?: Matrix;
}

/**
 * The arrays of a clone: text features, and embeddings of the authors' profiles to be replayed as a profile source of their own.
 * Row g of an item array belongs to global id g, row u of the user array to user u; ids without a text have rows of zeros.
 *
 * Throws a SyntaxError that names the file where an array has too few rows or another number of dimensions.
 *
 * @example const { itemText } = await readRecLmFeatures(await readRecLm("mind")); // [3827, 768]
 */
export async function readRecLmFeatures(data: RecLmData): Promise<RecLmFeatures> {
  const { catalogue, first, second } = data;
  const itemIds = catalogue.indices().map((index) => Number(catalogue.item(index).id));
  const users = (first ?? second)!.userIds.map(Number);
  const [itemText, itemProfiles, userProfiles] = [
    await rowsOf(data, "itemFeatures", itemIds),
    await rowsOf(data, "itemEmbeddings", itemIds),
    await rowsOf(data, "userEmbeddings", users),
  ];
  return {
    ...(itemText ? { itemText } : {}),
    ...(itemProfiles ? { itemProfiles } : {}),
    ...(userProfiles ? { userProfiles } : {}),
  };
}

async function rowsOf(
  { root, name, files }: RecLmData,
  key: CloneFileKey,
  ids: readonly number[],
): Promise<Matrix | undefined> {
  const file = clonePath(root, name, key);
  if (!files.some(({ path, found }) => found && file.endsWith(path))) return undefined;
  const array = await readNpy(file);
  if (array.shape.length !== 2)
    throw contentError(file, "shape", `(${array.shape.join(", ")}) is not rows and columns`);
  const all = matrixOfArray(array);
  if (ids.length === all.rows && ids.every((id, at) => id === at)) return all;
  const picked = matrixOf(ids.length, all.cols);
  ids.forEach((id, at) => {
    if (id >= all.rows) throw contentError(file, "shape", `it has ${all.rows} rows, none for id ${id}`);
    picked.data.set(rowOf(all, id), at * all.cols);
  });
  return picked;
}
