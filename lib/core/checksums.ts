import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { hashFile } from "./hash";

/** SHA-256 of every file below a folder, by its path in it. */
export type Checksums = Readonly<Record<string, string>>;

/** The checksums of all files below a folder, in alphabetical order of their paths. */
export async function checksumsOf(folder: string): Promise<Checksums> {
  const sums: Record<string, string> = {};
  for (const name of (await readdir(folder, { recursive: true })).sort()) {
    const path = join(folder, name);
    if ((await stat(path)).isFile()) sums[name] = await hashFile(path);
  }
  return sums;
}

/** Throws an Error that names the first file which is gone, or not as it was; files that have no checksum are not read. */
export async function verifyChecksums(folder: string, expected: Checksums): Promise<void> {
  for (const [name, sum] of Object.entries(expected)) {
    const path = join(folder, name);
    const found = await hashFile(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") throw new Error(`Cannot find ${path}: it was there when the folder was written`);
      throw error;
    });
    if (found !== sum) throw new Error(`Cannot trust ${path}: its content changed since it was written`);
  }
}
