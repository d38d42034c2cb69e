// Compiles the recommenders' SIMD kernels (AssemblyScript) to lib/dist/recommenders/kernels/kernels.wasm.
// Usage: node scripts/build-kernels.mjs [--force]
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const sources = join(root, "lib/recommenders/kernels/assembly");
const target = join(root, "lib/dist/recommenders/kernels/kernels.wasm");
const compiler = join(root, "node_modules/assemblyscript/bin/asc.js");

// Flags stand in this script, and the lock file names the compiler.
const makers = [fileURLToPath(import.meta.url), join(root, "package-lock.json")];
const inputs = [...readdirSync(sources).map((name) => join(sources, name)), ...makers];
const changed = Math.max(...inputs.map((path) => statSync(path).mtimeMs));
const fresh = existsSync(target) && statSync(target).mtimeMs > changed;
if (!fresh || process.argv.includes("--force")) build();

function build() {
  if (!existsSync(compiler)) fail(`Cannot compile the kernels: ${compiler} is not there; run npm install first`);
  mkdirSync(dirname(target), { recursive: true });
  const partial = `${target}.${process.pid}.partial`;
  const flags = [
    "-O3",
    "--enable",
    "simd",
    "--enable",
    "threads",
    "--runtime",
    "minimal",
    "--noAssert",
    "--use",
    "abort=",
  ];
  // The memory comes from outside, because threads share it; its limits are those of kernels/wasm.ts.
  flags.push(
    "--importMemory",
    "--noExportMemory",
    "--sharedMemory",
    "--initialMemory",
    "4",
    "--maximumMemory",
    "65536",
  );
  const job = spawnSync(process.execPath, [compiler, join(sources, "index.ts"), "--outFile", partial, ...flags], {
    cwd: root,
    encoding: "utf8",
  });
  if (job.status !== 0) fail(`Cannot compile the kernels:\n${job.stdout ?? ""}${job.stderr ?? job.error ?? ""}`);
  renameSync(partial, target);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
