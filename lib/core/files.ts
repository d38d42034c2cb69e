import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import type { Json } from "./hash";

/** Writes a file so that readers see all of it or the former one: to a neighbour, synced, then renamed. */
export async function writeFileAtomic(path: string, bytes: Uint8Array | string): Promise<void> {
  await replaceFile(path, (file) => file.writeFile(bytes));
}

/** As `writeFileAtomic`, for a file written piece by piece: `write` gets the open, empty neighbour. */
export async function replaceFile(path: string, write: (file: FileHandle) => Promise<void>): Promise<void> {
  const partial = `${path}.${randomUUID()}.partial`;
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(partial, "w");
    try {
      await write(file);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(partial, path);
  } catch (error) {
    // Where the folder could not be made there is no neighbour either, and this error would hide the first.
    await rm(partial, { force: true }).catch(() => undefined);
    throw new Error(`Cannot write ${path}: ${messageOf(error)}`, { cause: error });
  }
}

/** Writes indented JSON, atomically. */
export async function writeJson(path: string, value: Json): Promise<void> {
  await writeFileAtomic(path, `${JSON.stringify(value, null, 2)}\n`);
}

/** Reads a JSON file; a syntax error names the file. */
export async function readJson(path: string): Promise<Json> {
  const text = await readFile(path, "utf8");
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw new SyntaxError(`Cannot read ${path}: ${messageOf(error)}`, { cause: error });
  }
}

/** The names in a folder, sorted; none where there is no folder. */
export async function namesIn(folder: string): Promise<readonly string[]> {
  return readdir(folder).then(
    (names) => names.sort(),
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return [];
      throw error;
    },
  );
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What `file` keeps, else what `make` makes, which is then kept there: parts of a long job that a killed run need not make again. */
export async function keptJson<T>(file: string, make: () => Promise<T>): Promise<T> {
  if (existsSync(file)) return (await readJson(file)) as T;
  const made = await make();
  await writeJson(file, JSON.parse(JSON.stringify(made)) as Json);
  return made;
}
