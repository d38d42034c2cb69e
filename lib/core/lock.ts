import { mkdir, open, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { prngOf } from "./prng";
import { markedBeside, ownMark } from "./processMark";

/** A lock that is taken, to be given back, or the process that holds it. */
export type Lock = { readonly unlock: () => Promise<void> } | { readonly holder: number };

/**
 * Takes the lock on a path for this process; one held by a process that is gone is free. Which processes run is asked of this host
 * alone: in a folder that hosts share, the lock of another host's process counts as free.
 *
 * @param patience milliseconds that are waited for a process that holds it: one whose parent was killed ends soon
 */
export async function takeLock(path: string, patience: number): Promise<Lock> {
  // Two that saw each other wait differently long, else they would see each other again.
  const jitter = prngOf(process.pid, "lock");
  for (const deadline = performance.now() + patience; ;) {
    const lock = await tryLock(path);
    if ("unlock" in lock || performance.now() >= deadline) return lock;
    await sleep(50 + Math.floor(100 * jitter()));
  }
}

/**
 * The lock is an empty file that names its process: whoever finds that process gone can delete the file and never hits another's.
 * Of two that begin in the same instant each may see the other, and then neither has it.
 */
async function tryLock(path: string): Promise<Lock> {
  const own = `${path}.${ownMark()}.lock`;
  const unlock = (): Promise<void> => rm(own, { force: true });
  await mkdir(dirname(path), { recursive: true });
  try {
    await (await open(own, "wx")).close();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return { holder: process.pid };
    throw error;
  }
  for (const { path: other, pid } of await markedBeside(path, ".lock")) {
    if (other === own) continue;
    if (pid === undefined) await rm(other, { force: true });
    else {
      await unlock();
      return { holder: pid };
    }
  }
  return { unlock };
}
