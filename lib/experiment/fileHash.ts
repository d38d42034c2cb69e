import { readFileSync, statSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { hashBytes, hashFile, readJson, writeJson } from "../core";

/** SHA-256 of a file, remembered in `cache` for as long as its size and time of change stay the same. */
export async function fileHash(path: string, cache: string): Promise<string> {
  const { size, mtimeMs } = await stat(path);
  const stamp = `${path} ${size} ${mtimeMs}`;
  const note = join(cache, "hashes", `${hashBytes(stamp).slice(0, 16)}.json`);
  const known = await readJson(note).catch(() => undefined);
  if (typeof known === "string") return known;
  const hash = await hashFile(path);
  await writeJson(note, hash);
  return hash;
}

const remembered = new Map<string, string>();

/** The same for small files, at once; remembered within this process. */
export function fileHashSync(path: string): string {
  const { size, mtimeMs } = statSync(path);
  const stamp = `${path} ${size} ${mtimeMs}`;
  const hash = remembered.get(stamp) ?? hashBytes(readFileSync(path));
  remembered.set(stamp, hash);
  return hash;
}
