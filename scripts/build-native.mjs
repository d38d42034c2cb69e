// Compiles lib's C++ (kernels of recommenders, attention), once for each width of vectors, to lib/dist/**/NAME-WIDTH.node.
// Usage: node scripts/build-native.mjs [--force]
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const lib = join(root, "lib");
const shared = join(lib, "core/native");
const tensorflow = join(root, ".cache/libtensorflow");
const common = ["-std=c++17", "-O3", "-fPIC", "-Wall", "-Wextra", "-shared", "-pthread", "-fvisibility=hidden"];
const node = [
  "-DNAPI_VERSION=8",
  "-DBUILDING_NODE_EXTENSION",
  "-I",
  join(root, "node_modules/node-api-headers/include"),
];
/** By numbers in a vector, what the processor must know. */
const widths = { 4: [], 8: ["-mavx2", "-mfma"], 16: ["-mavx512f", "-mprefer-vector-width=512"] };

const addons = [
  { name: "recommenders/kernels/kernels", flags: [] },
  {
    name: "llm/transformer/attention",
    flags: [
      ...["-I", join(tensorflow, "include"), `-L${tensorflow}`, "-l:libtensorflow_framework.so.2"],
      // From the addon to TensorFlow, so that the clone may be moved.
      "-Wl,-rpath,$ORIGIN/../../../../.cache/libtensorflow",
    ],
  },
];

const inputsIn = (folder) => readdirSync(folder).map((name) => join(folder, name));
const jobs = addons.flatMap(({ name, flags }) => {
  const folder = join(lib, dirname(name), "native");
  const inputs = [...inputsIn(folder), ...inputsIn(shared), fileURLToPath(import.meta.url)];
  const changed = Math.max(...inputs.map((path) => statSync(path).mtimeMs));
  const sources = inputs.filter((path) => path.endsWith(".cc"));
  return Object.entries(widths).map(([lanes, vectors]) => {
    const target = join(lib, "dist", `${name}-${lanes}.node`);
    const fresh = existsSync(target) && statSync(target).mtimeMs > changed;
    return {
      target,
      fresh,
      args: [...common, ...vectors, `-DLANES=${lanes}`, "-I", shared, ...node, ...sources, ...flags],
    };
  });
});

const wanted = jobs.filter(({ fresh }) => !fresh || process.argv.includes("--force"));
const results = await Promise.allSettled(wanted.map(compile));
const failed = results.find(({ status }) => status === "rejected");
if (failed) {
  console.error(`Cannot compile the native code: ${failed.reason.message}`);
  process.exitCode = 1;
}

async function compile({ target, args }) {
  mkdirSync(dirname(target), { recursive: true });
  const partial = `${target}.${process.pid}.partial`;
  try {
    // The linker takes libraries after what needs them: the output's name may stand last.
    await run(...args, "-o", partial);
    renameSync(partial, target);
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
