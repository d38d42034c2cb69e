import { createHash } from "node:crypto";
import { createReadStream, readFileSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { pipeline } from "node:stream/promises";

/** SHA-256 of a file, read in pieces. */
export async function sha256OfFile(path) {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}

/** SHA-256 of some texts, each set apart from the next. */
export function sha256OfTexts(...texts) {
  const hash = createHash("sha256");
  for (const text of texts) hash.update(`${text.length}:${text}`);
  return hash.digest("hex");
}

/** SHA-256 over names and contents of the files below a folder that `wanted` accepts by their relative path. */
export function sha256OfFolder(folder, wanted) {
  const names = filesBelow(folder, wanted).sort();
  return sha256OfTexts(...names.flatMap((name) => [name, readFileSync(join(folder, name), "latin1")]));
}

/** Relative paths of the files below a folder; folders that `wanted` rejects (their path ends in "/") are not entered. */
export function filesBelow(folder, wanted = () => true, below = folder) {
  return readdirSync(below, { withFileTypes: true }).flatMap((entry) => {
    const path = join(below, entry.name);
    const name = relative(folder, path);
    if (entry.isDirectory()) return wanted(`${name}/`) ? filesBelow(folder, wanted, path) : [];
    return wanted(name) ? [name] : [];
  });
}
