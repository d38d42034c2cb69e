import { stat } from "node:fs/promises";
import { join } from "node:path";
import { MissingInputError } from "../../core";

/** The two released data sets. */
export type RecLmName = "mind" | "netflix";

/** The environment variable that names a clone of the authors' repository. */
export const cloneVariable = "RECLM_CLONE";

/** A file of a clone, what it is for, and whether it is there. */
export interface CloneFile {
  /** Below the clone's root, with "/". */
  readonly path: string;
  readonly purpose: string;
  readonly found: boolean;
}

const files = {
  train: ["data/{name}/trnMat_zero.pkl", "training pairs"],
  trainLists: ["data/{name}/user_item_dict_train.pkl", "training pairs, as lists"],
  test: ["data/{name}/tstMat_zero_.pkl", "test pairs"],
  testLists: ["data/{name}/user_item_dict_test.pkl", "second snapshot, as lists"],
  zeroShot: ["data/{name}/tstMat_zero_shot.pkl", "zero-shot test pairs"],
  mask: ["data/{name}/maskMat_zero.pkl", "pairs left out of rankings"],
  trainMap: ["data/{name}/item_id_map_train.pkl", "columns of the training catalogue"],
  testMap: ["data/{name}/item_id_map_test.pkl", "columns of the test catalogue"],
  zeroMap: ["data/{name}/item_id_map_zero.pkl", "columns of the zero-shot catalogue"],
  items: ["data/{name}/item_info_dict.pkl", "texts of items"],
  itemProfiles: ["data/{name}/gpt_output_dict_item_side_filter.pkl", "item profiles by GPT-3.5"],
  similarUsers: ["data/{name}/self_instruction_dict.pkl", "similar users"],
  similarItems: ["data/{name}/self_instruction_dict_item.pkl", "similar items"],
  itemFeatures: ["data/{name}/item_original_features.npy", "text features of items"],
  itemEmbeddings: ["data/{name}/item_profile/item_profile_embeddings.npy", "embeddings of item profiles"],
  userEmbeddings: ["data/{name}/user_profile/user_profile_embeddings.npy", "embeddings of user profiles"],
  userProfiles: ["sft_data/{name}/{name}_fine_tune.csv", "user profiles by GPT-3.5"],
} as const satisfies Readonly<Record<string, readonly [string, string]>>;

/** A file of a data set by what it holds. */
export type CloneFileKey = keyof typeof files;

/** Where a file of a data set lies in a clone. */
export function clonePath(root: string, name: RecLmName, key: CloneFileKey): string {
  return join(root, pathBelow(name, key));
}

function pathBelow(name: RecLmName, key: CloneFileKey): string {
  return files[key][0].replaceAll("{name}", name);
}

/**
 * The root of a clone of HKUDS/RecLM: the folder given, else the environment variable RECLM_CLONE. Throws a MissingInputError with
 * the remedy where there is none, or where it has no data of that name.
 *
 * @example const root = await recLmClone("mind");
 */
export async function recLmClone(name: RecLmName, folder = process.env[cloneVariable]): Promise<string> {
  const remedy = `clone the public repository HKUDS/RecLM and set ${cloneVariable} to its folder`;
  if (folder === undefined || folder === "") throw new MissingInputError("a clone of RecLM", remedy);
  if (await exists(join(folder, "data", name))) return folder;
  throw new MissingInputError(`data/${name} in ${folder}`, `${cloneVariable} must be the root of a clone; ${remedy}`);
}

/** All files that a data set of a clone may have, with those that are there. */
export async function cloneFiles(root: string, name: RecLmName): Promise<ReadonlyMap<CloneFileKey, CloneFile>> {
  const entries = (Object.keys(files) as CloneFileKey[]).map(async (key) => {
    const found = await exists(clonePath(root, name, key));
    return [key, { path: pathBelow(name, key), purpose: files[key][1], found }] as const;
  });
  return new Map(await Promise.all(entries));
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
