import { existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import { sha256OfFolder, sha256OfTexts } from "./hashing.mjs";
import { root } from "./project.mjs";
import { writeWhole } from "./stamps.mjs";

/**
 * Hash of what a compiler is given: contents, because an unpacked tree may bring new files with old times. Paths count from the root,
 * so that the clone may be moved.
 */
export function compilerKey(folders, texts) {
  const present = folders.filter((folder) => existsSync(folder));
  return sha256OfTexts(
    ...present.map((folder) => sha256OfFolder(folder)),
    ...texts.map((text) => text.replaceAll(root, "")),
  );
}

/** Whether the compiled file is there and was made under this key. */
export function isMadeUnder(key, target) {
  try {
    return existsSync(target) && readFileSync(keyFile(target), "utf8") === key;
  } catch {
    return false;
  }
}

/** Puts a compiled file in its place; cut at any moment, it is compiled again. */
export function placeCompiled(partial, target, key) {
  rmSync(keyFile(target), { force: true });
  renameSync(partial, target);
  writeWhole(keyFile(target), key);
}

function keyFile(target) {
  return `${target}.key`;
}
