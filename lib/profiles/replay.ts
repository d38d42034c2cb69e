import { readFile } from "node:fs/promises";
import { InputError } from "../core";
import { checkWidth, readRows, type Profile } from "../data";
import { readProfile } from "../prompts";
import type { ItemTeacher, UserTeacher } from "./teacher";

/** Profiles read from a file, with what was not usable. */
export interface ReplayedProfiles {
  /** [n] by index; undefined where the file has no usable profile. */
  readonly profiles: readonly (Profile | undefined)[];
  /** Ids in the file that the data set does not know. */
  readonly unknownIds: readonly string[];
  /** Ids whose text could not be read as a profile, with what it lacks. */
  readonly unusable: readonly { readonly id: string; readonly missing: readonly string[] }[];
}

/**
 * Profiles written elsewhere, such as those of GPT-3.5 released with RecLM: `.jsonl` with `{"id": "12", "text": "..."}` a line,
 * or `.csv` (as `readRows` reads it, quotes allowed) with the header `id,text`. Throws an InputError for a line that does not
 * parse, a missing field or an id that occurs twice.
 *
 * @param ids names in the data set by index: `interactions.userIds`
 */
export async function readProfileFile(
  path: string,
  ids: readonly string[],
  side: "user" | "item" = "user",
): Promise<ReplayedProfiles> {
  const rows = await (path.endsWith(".csv") ? csvRows(path) : jsonRows(path));
  return replayedProfiles(path, rows, ids, side);
}

/** One profile as it stands in a file. */
export interface WrittenRow {
  readonly id: string;
  readonly text: string;
  readonly line: number;
}

/** The profiles of a file's rows by index; throws an InputError for an id that occurs twice. */
export function replayedProfiles(
  name: string,
  rows: readonly WrittenRow[],
  ids: readonly string[],
  side: "user" | "item",
): ReplayedProfiles {
  const indexOf = new Map(ids.map((id, index) => [id, index]));
  const profiles = new Array<Profile | undefined>(ids.length).fill(undefined);
  const unknownIds: string[] = [];
  const unusable: { id: string; missing: readonly string[] }[] = [];
  const seen = new Set<string>();
  for (const { id, text: words, line } of rows) {
    if (seen.has(id)) throw new InputError(name, line, "id", `"${id}" occurs twice`);
    seen.add(id);
    const index = indexOf.get(id);
    if (index === undefined) {
      unknownIds.push(id);
      continue;
    }
    const read = readProfile(words, side);
    if (read.profile) profiles[index] = read.profile;
    else unusable.push({ id, missing: read.missing });
  }
  return { profiles, unknownIds, unusable };
}

/** A teacher that repeats written item profiles, whatever profiles its prompt shows. */
export function replayItemTeacher(name: string, profiles: readonly (Profile | undefined)[]): ItemTeacher {
  return {
    name,
    note: "Profiles replayed from a file; they do not change with the profiles that a prompt shows.",
    profileOf: (item) => profiles[item],
  };
}

/** A teacher that repeats written profiles. They were written from a whole history, so parts of a history change nothing. */
export function replayTeacher(name: string, profiles: readonly (Profile | undefined)[]): UserTeacher {
  return {
    name,
    note: "Profiles replayed from a file; they do not change when an item is taken out of the history.",
    profileOf: (user) => profiles[user],
  };
}

async function jsonRows(file: string): Promise<readonly WrittenRow[]> {
  const text = (await readFile(file, "utf8")).replace(/^\uFEFF/, "");
  return text.split(/\r?\n/).flatMap((source, at) => {
    if (source.trim() === "") return [];
    let value: unknown;
    try {
      value = JSON.parse(source);
    } catch {
      throw new InputError(file, at + 1, "line", "it is not JSON");
    }
    const fields = (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;
    return [
      { id: field(fields["id"], "id", file, at + 1), text: field(fields["text"], "text", file, at + 1), line: at + 1 },
    ];
  });
}

function field(value: unknown, name: string, file: string, line: number): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" && name === "id") return String(value);
  throw new InputError(file, line, name, value === undefined ? "it is missing" : "it is no text");
}

async function csvRows(file: string): Promise<readonly WrittenRow[]> {
  const [header, ...rows] = await readRows(file, { delimiter: ",", quoted: true });
  if (header!.fields.join() !== "id,text") throw new InputError(file, 1, "header", "a first line `id,text` is needed");
  return rows.map((row) => {
    checkWidth(file, row, 2);
    const [id, text] = row.fields as readonly [string, string];
    if (id === "") throw new InputError(file, row.line, "id", "it is missing");
    return { id, text, line: row.line };
  });
}
