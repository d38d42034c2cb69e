import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { paths } from "./project.mjs";

/** Whether a step was finished with this key, and everything it left is still as it left it. */
export function isStamped(name, key, outputs, folder = paths.stamps) {
  try {
    const stamp = JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8"));
    return stamp.key === key && outputs.every((path) => stamp.outputs[path] === fingerprint(path));
  } catch {
    return false;
  }
}

/** Records that a step is finished. */
export function writeStamp(name, key, outputs, folder = paths.stamps) {
  const text = JSON.stringify({ key, outputs: Object.fromEntries(outputs.map((path) => [path, fingerprint(path)])) });
  writeWhole(join(folder, `${name}.json`), text);
}

/** Removes the record before the step's outputs are touched, so that a cut step is seen as not done. */
export function clearStamp(name, folder = paths.stamps) {
  rmSync(join(folder, `${name}.json`), { force: true });
}

/** Writes a file under a partial name and then renames it, so that no reader ever sees half of it. */
export function writeWhole(path, text, mode = 0o644) {
  mkdirSync(dirname(path), { recursive: true });
  const partial = `${path}.${process.pid}.partial`;
  writeFileSync(partial, text, { mode });
  renameSync(partial, path);
}

// A folder's time changes whenever something is put beside its files, so a folder only has to be there.
function fingerprint(path) {
  const stats = statSync(path);
  return stats.isDirectory() ? "folder" : `${stats.size} ${Math.trunc(stats.mtimeMs)}`;
}
