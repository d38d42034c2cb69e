import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * Holds a lock file while `work` runs; waits while another living process holds it.
 *
 * The file names its holder by process id and start time, so one left by a killed process, or by a process whose id was
 * given to another since, is taken over.
 */
export async function withLock(path, work, onWait = () => {}) {
  mkdirSync(dirname(path), { recursive: true });
  let told = false;
  while (!take(path)) {
    if (!told) onWait();
    told = true;
    await sleep(200);
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

function take(path) {
  const own = `${path}.${process.pid}`;
  writeFileSync(own, identity(process.pid));
  try {
    // Linking fails where the name exists, and the lock never exists without its content.
    linkSync(own, path);
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
    discardStale(path, own);
    return false;
  } finally {
    rmSync(own, { force: true });
  }
}

function discardStale(path, own) {
  const holder = read(path);
  if (holder === undefined || isAlive(holder)) return;
  const aside = `${own}.stale`;
  try {
    renameSync(path, aside);
    // Somebody may have taken the lock over between reading and renaming: then it is put back.
    if (read(aside) !== holder) linkSync(aside, path);
  } catch (error) {
    if (error.code !== "ENOENT" && error.code !== "EEXIST") throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

function read(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function isAlive(holder) {
  const [pid] = holder.split(" ");
  return identity(Number(pid)) === holder;
}

/** Process id and the kernel's start time of that process (field 22 of its stat line). */
function identity(pid) {
  const stat = read(`/proc/${pid}/stat`);
  if (stat === undefined) return `${pid} gone`;
  return `${pid} ${stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]}`;
}
