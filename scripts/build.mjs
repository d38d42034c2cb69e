// Builds lib: kernels.wasm (AssemblyScript), kernels.node (C++), then JavaScript and declarations (TypeScript) in lib/dist.
// Usage: node scripts/build.mjs [--test]   (--test compiles the tests too, to .cache/test)
import { spawnSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { filesBelow } from "./setup/hashing.mjs";
import { root } from "./setup/project.mjs";

// Not .bin/tsc: that one is tslab's TypeScript 5.0.4.
const tsc = join(root, "node_modules", "typescript", "bin", "tsc");

node(join(root, "scripts", "build-kernels.mjs"));
node(join(root, "scripts", "build-native.mjs"));
removeOrphans(join(root, "lib", "dist"), join(root, "lib"));
node(tsc, "-p", root);
if (process.argv.includes("--test")) {
  removeOrphans(join(root, ".cache", "test"), join(root, "test"));
  node(tsc, "-p", join(root, "test"));
}

function node(...args) {
  const { status, signal } = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(signal ? 1 : status);
}

/** Removes what an earlier build made from a source that is gone: it could still be imported, or run as a test. */
function removeOrphans(built, sources) {
  if (!existsSync(built)) return;
  for (const name of filesBelow(built)) {
    const stem = /^(.*)\.(js|js\.map|d\.ts)$/.exec(name)?.[1];
    if (stem !== undefined && !existsSync(join(sources, `${stem}.ts`))) rmSync(join(built, name));
  }
}
