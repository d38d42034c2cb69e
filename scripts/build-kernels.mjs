// Compiles the recommenders' SIMD kernels (AssemblyScript) to lib/dist/recommenders/kernels/kernels.wasm.
// Usage: node scripts/build-kernels.mjs [--force]
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { compilerKey, isMadeUnder, placeCompiled } from "./setup/compiled.mjs";
import { root } from "./setup/project.mjs";

const sources = join(root, "lib/recommenders/kernels/assembly");
const target = join(root, "lib/dist/recommenders/kernels/kernels.wasm");
const compiler = join(root, "node_modules/assemblyscript/bin/asc.js");
// The memory comes from outside, because threads share it; its limits are those of kernels/wasm.ts.
const memory = "--importMemory --noExportMemory --sharedMemory --initialMemory 4 --maximumMemory 65536";
const flags = `-O3 --enable simd --enable threads --runtime minimal --noAssert --use abort= ${memory}`.split(" ");

// The lock file names the compiler's version.
const key = compilerKey([sources], [...flags, readFileSync(join(root, "package-lock.json"), "utf8")]);
if (process.argv.includes("--force") || !isMadeUnder(key, target)) build();

function build() {
  if (!existsSync(compiler)) fail(`Cannot compile the kernels: ${compiler} is not there; run npm install first`);
  mkdirSync(dirname(target), { recursive: true });
  const partial = `${target}.${process.pid}.partial`;
  const job = spawnSync(process.execPath, [compiler, join(sources, "index.ts"), "--outFile", partial, ...flags], {
    cwd: root,
    encoding: "utf8",
  });
  if (job.status !== 0) fail(`Cannot compile the kernels:\n${job.stdout ?? ""}${job.stderr ?? job.error ?? ""}`);
  placeCompiled(partial, target, key);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
