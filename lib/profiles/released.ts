import { readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { tableFromIPC } from "apache-arrow";
import { InputError, messageOf, MissingInputError } from "../core";
import { checkWidth, clonePath, readCloneDict, readRows, type RecLmName } from "../data";
import { replayedProfiles, type ReplayedProfiles, type WrittenRow } from "./replay";

/** Who wrote them, for tables and captions. */
export const releasedWriter = "released GPT-3.5";

/** Released profiles, and the file they were read from. */
export interface ReleasedProfiles extends ReplayedProfiles {
  /** Below the clone's root. */
  readonly source: string;
}

/**
 * The user profiles that GPT-3.5 wrote for knowledge distillation, as released with RecLM (1,694 users of MIND, 1,530 of Netflix):
 * `sft_data/<name>/<name>_fine_tune.csv`, else the Arrow stream beside it. For `replayTeacher`.
 *
 * Throws a MissingInputError where the clone has neither, an InputError with file, line and field for a row that is none.
 *
 * @param ids names of the users by index: `interactions.userIds`
 * @example
 * const { profiles } = await readReleasedUserProfiles(mind.root, "mind", mind.first.userIds);
 * const teacher = replayTeacher(releasedWriter, profiles);
 */
export function readReleasedUserProfiles(
  root: string,
  name: RecLmName,
  ids: readonly string[],
): Promise<ReleasedProfiles> {
  return readTuningFile(root, name, { csv: `${name}_fine_tune.csv`, arrow: `${name}_hf` }, ids, "user");
}

/**
 * The item profiles that GPT-3.5 wrote (892 of MIND, 1,071 of Netflix), from `gpt_output_dict_item_side_filter.pkl`, else from the
 * instruction data of the item side. For `replayItemTeacher`. They have five terms a half, of which `readProfile` keeps three.
 *
 * @param ids names of the items by index: `interactions.itemIds`
 */
export async function readReleasedItemProfiles(
  root: string,
  name: RecLmName,
  ids: readonly string[],
): Promise<ReleasedProfiles> {
  const file = clonePath(root, name, "itemProfiles");
  if (!(await exists(file))) {
    const names = { csv: "item_side_instruction_data.csv", arrow: "item_side_instruction_hf" };
    return readTuningFile(root, name, names, ids, "item");
  }
  const rows = Array.from(await readCloneDict(file), ([key, value], at): WrittenRow => {
    const text = value instanceof Map ? (value.get("output") as unknown) : undefined;
    if (typeof text !== "string") throw new InputError(file, 1, "output", `item ${String(key)} has no text`);
    return { id: String(key), text, line: at + 1 };
  });
  return { ...replayedProfiles(file, rows, ids, "item"), source: `data/${name}/${basename(file)}` };
}

async function readTuningFile(
  root: string,
  name: RecLmName,
  files: { readonly csv: string; readonly arrow: string },
  ids: readonly string[],
  side: "user" | "item",
): Promise<ReleasedProfiles> {
  const csv = join("sft_data", name, files.csv);
  const arrow = join("sft_data", name, files.arrow, "data-00000-of-00001.arrow");
  for (const [path, read] of [
    [csv, csvRows],
    [arrow, arrowRows],
  ] as const) {
    const file = join(root, path);
    if (await exists(file)) return { ...replayedProfiles(file, await read(file), ids, side), source: path };
  }
  throw new MissingInputError(`${csv} or ${arrow} in ${root}`, "the clone is incomplete");
}

/** UID, Input, Response. */
async function csvRows(file: string): Promise<readonly WrittenRow[]> {
  const [header, ...rows] = await readRows(file, { delimiter: ",", quoted: true });
  const [id, response] = ["UID", "Response"].map((column) => header!.fields.indexOf(column));
  if (id! < 0 || response! < 0) throw new InputError(file, 1, "header", "columns UID and Response are needed");
  return rows.map((row) => {
    checkWidth(file, row, header!.fields.length);
    return { id: row.fields[id!]!, text: row.fields[response!]!, line: row.line };
  });
}

/** The same columns as an Arrow IPC stream. */
async function arrowRows(file: string): Promise<readonly WrittenRow[]> {
  const bytes = await readFile(file);
  try {
    const table = tableFromIPC(bytes);
    const [ids, responses] = [table.getChild("UID"), table.getChild("Response")];
    if (!ids || !responses) throw new RangeError("columns UID and Response are needed");
    return Array.from({ length: table.numRows }, (_, row): WrittenRow => {
      return { id: String(ids.get(row)), text: String(responses.get(row)), line: row + 1 };
    });
  } catch (error) {
    throw new SyntaxError(`Cannot read ${file}: ${messageOf(error)}`, { cause: error });
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
