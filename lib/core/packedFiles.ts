import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { namesIn, writeFileAtomic } from "./files";

const suffix = ".gz";

/** Gzips the JSON files of a folder into another, one by one; no files or no folder: nothing. Gives their number. */
export async function packFiles(from: string, to: string): Promise<number> {
  const names = (await namesIn(from)).filter((name) => name.endsWith(".json"));
  for (const name of names) {
    await writeFileAtomic(join(to, `${name}${suffix}`), gzipSync(await readFile(join(from, name)), { level: 9 }));
  }
  return names.length;
}

/** The inverse of `packFiles`; files that are there already stay. Gives the number of files written. */
export async function unpackFiles(from: string, to: string): Promise<number> {
  const there = new Set(await namesIn(to));
  const names = (await namesIn(from))
    .filter((name) => name.endsWith(suffix))
    .map((name) => name.slice(0, -suffix.length))
    .filter((name) => !there.has(name));
  if (names.length > 0) await mkdir(to, { recursive: true });
  for (const name of names) {
    await writeFileAtomic(join(to, name), gunzipSync(await readFile(join(from, `${name}${suffix}`))));
  }
  return names.length;
}
