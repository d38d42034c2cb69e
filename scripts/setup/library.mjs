import { readFileSync } from "node:fs";
import { join } from "node:path";
import { sha256OfFolder, sha256OfTexts } from "./hashing.mjs";
import { nativeTargets } from "./native.mjs";
import { root } from "./project.mjs";

const lib = join(root, "lib");

/** Relative paths of lib's own sources. */
export const isSource = (name) =>
  name !== "dist/" && name !== "node_modules/" && (name.endsWith("/") || /\.(ts|json|cc|h)$/.test(name));

/** Hash of everything that decides what the build writes. */
export function libKey() {
  const tools = [
    "tsconfig.json",
    "package-lock.json",
    "scripts/build.mjs",
    "scripts/build-kernels.mjs",
    "scripts/build-native.mjs",
    "scripts/setup/native.mjs",
  ];
  return sha256OfTexts(sha256OfFolder(lib, isSource), ...tools.map((name) => readFileSync(join(root, name), "utf8")));
}

/** Of the compiled code every width: processors load the widest that they have. */
export const libOutputs = [
  join(lib, "dist", "core", "index.js"),
  join(lib, "dist", "recommenders", "kernels", "kernels.wasm"),
  ...nativeTargets,
];
