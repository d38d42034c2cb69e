// Compiles lib's C++ (kernels of recommenders, attention), once for each width of vectors, to lib/dist/**/NAME-WIDTH.node.
// Usage: node scripts/build-native.mjs [--force]
import { spawn } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { compilerKey, isMadeUnder, placeCompiled } from "./setup/compiled.mjs";
import { filesBelow } from "./setup/hashing.mjs";
import { addons, nativeTarget, sharedNative, widths } from "./setup/native.mjs";
import { paths, root } from "./setup/project.mjs";

const common = ["-std=c++17", "-O3", "-fPIC", "-Wall", "-Wextra", "-shared", "-pthread", "-fvisibility=hidden"];
const nodeHeaders = join(paths.modules, "node-api-headers", "include");
const node = ["-DNAPI_VERSION=8", "-DBUILDING_NODE_EXTENSION"];

const jobs = addons.flatMap(({ name, flags, headers }) => {
  const folder = join(root, "lib", dirname(name), "native");
  const includes = [sharedNative, nodeHeaders, ...headers];
  const sources = [folder, sharedNative].flatMap((from) => sourcesIn(from));
  const includeFlags = includes.flatMap((from) => ["-I", from]);
  return Object.entries(widths).map(([lanes, vectors]) => {
    const args = [...common, ...vectors, `-DLANES=${lanes}`, ...includeFlags, ...node, ...sources, ...flags];
    return { target: nativeTarget(name, lanes), args, key: compilerKey([folder, ...includes], args) };
  });
});

const wanted = jobs.filter(({ target, key }) => process.argv.includes("--force") || !isMadeUnder(key, target));
const results = await Promise.allSettled(wanted.map(compile));
const failed = results.find(({ status }) => status === "rejected");
if (failed) {
  console.error(`Cannot compile the native code: ${failed.reason.message}`);
  process.exitCode = 1;
}

function sourcesIn(folder) {
  const names = filesBelow(folder, (name) => name.endsWith(".cc"));
  return names.sort().map((name) => join(folder, name));
}

async function compile({ target, args, key }) {
  mkdirSync(dirname(target), { recursive: true });
  const partial = `${target}.${process.pid}.partial`;
  try {
    // The linker takes libraries after what needs them: the output's name may stand last.
    await run(...args, "-o", partial);
    placeCompiled(partial, target, key);
  } finally {
    rmSync(partial, { force: true });
  }
}

function run(...args) {
  return new Promise((resolve, reject) => {
    const job = spawn("g++", args, { stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    job.stderr.setEncoding("utf8").on("data", (text) => (said += text));
    job.on("error", (error) => reject(new Error(error.code === "ENOENT" ? "g++ is not installed" : error.message)));
    job.on("close", (code) => (code === 0 ? resolve() : reject(new Error(said.trim() || `g++ ended with ${code}`))));
  });
}
