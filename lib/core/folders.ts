import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, rename, rm, stat } from "node:fs/promises";
import { markedBeside, ownMark } from "./processMark";

/**
 * As `replaceFile`, for a folder: `fill` gets its empty neighbour, which then takes its place. What `fill` throws is thrown on, and
 * the former folder stays; killed between the two renames, both folders are there, under the neighbours' names, and the next who
 * replaces it puts the former back first.
 */
export async function replaceFolder(path: string, fill: (folder: string) => Promise<void>): Promise<void> {
  const own = `${path}.${ownMark()}.${randomUUID()}`;
  const partial = `${own}.partial`;
  await restoreFormer(path);
  try {
    await mkdir(partial, { recursive: true });
    await fill(partial);
    await putInPlace(partial, path, `${own}.former`);
  } catch (error) {
    // Where it cannot be removed either, that error would hide the first.
    await removed(partial).catch(() => undefined);
    throw error;
  }
  // The folder is in place: what cannot be removed now can be by the next who replaces it.
  for (const ending of [".partial", ".former"]) await removeAbandoned(path, ending).catch(() => undefined);
}

/**
 * Puts a folder back that a process moved aside and was killed before the new one was in its place; call it before reading a folder
 * that others replace.
 */
export async function restoreFormer(path: string): Promise<void> {
  if (existsSync(path)) return;
  const abandoned = (await markedBeside(path, ".former")).filter(({ pid }) => pid === undefined);
  const dated = await Promise.all(abandoned.map(async (left) => ({ path: left.path, at: await movedAt(left.path) })));
  // Those before the newest were replaced, and only not removed.
  const newest = dated.sort((a, b) => b.at - a.at)[0];
  if (newest) await moved(newest.path, path);
}

/** When a folder was renamed last; 0 where another process has just put it back. */
function movedAt(path: string): Promise<number> {
  return stat(path).then(
    ({ ctimeMs }) => ctimeMs,
    () => 0,
  );
}

async function putInPlace(partial: string, path: string, former: string): Promise<void> {
  const aside = await moved(path, former);
  try {
    await rename(partial, path);
  } catch (error) {
    if (aside) await moved(former, path).catch(() => undefined);
    throw error;
  }
  await discarded(former).catch(() => undefined);
}

/** Removes what processes left beside a folder that were killed while they replaced it. */
async function removeAbandoned(path: string, ending: string): Promise<void> {
  for (const left of await markedBeside(path, ending)) if (left.pid === undefined) await discarded(left.path);
}

/** Removes under a partial folder's name, so that one half removed is never put back. */
async function discarded(path: string): Promise<void> {
  const partial = path.replace(/\.former$/, ".partial");
  if (partial !== path) await moved(path, partial);
  await removed(partial);
}

/** Renames; false where there is nothing to rename. */
async function moved(from: string, to: string): Promise<boolean> {
  return rename(from, to).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return false;
      throw error;
    },
  );
}

function removed(path: string): Promise<void> {
  return rm(path, { recursive: true, force: true });
}
