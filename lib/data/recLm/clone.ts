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
  train: ["trnMat_zero.pkl", "training pairs"],
  trainLists: ["user_item_dict_train.pkl", "training pairs, as lists"],
  test: ["tstMat_zero_.pkl", "test pairs"],
  testLists: ["user_item_dict_test.pkl", "second snapshot, as lists"],
  zeroShot: ["tstMat_zero_shot.pkl", "zero-shot test pairs"],
  mask: ["maskMat_zero.pkl", "pairs left out of rankings"],
  trainMap: ["item_id_map_train.pkl", "columns of the training catalogue"],
  testMap: ["item_id_map_test.pkl", "columns of the test catalogue"],
  zeroMap: ["item_id_map_zero.pkl", "columns of the zero-shot catalogue"],
  items: ["item_info_dict.pkl", "texts of items"],
  itemProfiles: ["gpt_output_dict_item_side_filter.pkl", "item profiles by GPT-3.5"],
  similarUsers: ["self_instruction_dict.pkl", "similar users"],
  similarItems: ["self_instruction_dict_item.pkl", "similar items"],
  itemFeatures: ["item_original_features.npy", "text features of items"],
  itemEmbeddings: ["item_profile/item_profile_embeddings.npy", "embeddings of item profiles"],
  userEmbeddings: ["user_profile/user_profile_embeddings.npy", "embeddings of user profiles"],
} as const satisfies Readonly<Record<string, readonly [string, string]>>;

/** A file of a data set by what it holds. */
export type CloneFileKey = keyof typeof files;

/** Where a file of a data set lies in a clone. */
export function clonePath(root: string, name: RecLmName, key: CloneFileKey): string {
  return join(root, "data", name, files[key][0]);
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
    const [file, purpose] = files[key];
    return [key, { path: `data/${name}/${file}`, purpose, found: await exists(clonePath(root, name, key)) }] as const;
  });
  return new Map(await Promise.all(entries));
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
