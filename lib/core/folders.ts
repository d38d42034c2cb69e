import { randomUUID } from "node:crypto";
import { mkdir, rename, rm } from "node:fs/promises";
import { markedBeside, ownMark } from "./processMark";

/**
 * As `replaceFile`, for a folder: `fill` gets its empty neighbour, which then takes its place. What `fill` throws is thrown on, and
 * the former folder stays; killed between the two renames, both folders are there, under the neighbours' names.
 */
export async function replaceFolder(path: string, fill: (folder: string) => Promise<void>): Promise<void> {
  const own = `${path}.${ownMark()}.${randomUUID()}`;
  const partial = `${own}.partial`;
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

async function putInPlace(partial: string, path: string, former: string): Promise<void> {
  const aside = await moved(path, former);
  try {
    await rename(partial, path);
  } catch (error) {
    if (aside) await moved(former, path).catch(() => undefined);
    throw error;
  }
  await removed(former).catch(() => undefined);
}

/** Removes what processes left beside a folder that were killed while they replaced it. */
async function removeAbandoned(path: string, ending: string): Promise<void> {
  for (const left of await markedBeside(path, ending)) if (left.pid === undefined) await removed(left.path);
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
