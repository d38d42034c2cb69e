import { copyFileSync, existsSync, mkdirSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";
import { sha256OfFolder, sha256OfTexts } from "./hashing.mjs";
import { paths } from "./project.mjs";
import { run } from "./run.mjs";

const tfjs = join(paths.modules, "@tensorflow", "tfjs-node-gpu");
const built = join(paths.cache, "binding", "tfjs_binding.node");
const target = join(tfjs, "lib", "napi-v8", "tfjs_binding.node");

/** From the folder of the binding to that of libtensorflow, so that the clone may be moved. */
const runPath = "$ORIGIN/../../../../../.cache/libtensorflow";

const flags = ["-std=c++17", "-O2", "-shared", "-fPIC", "-DNAPI_VERSION=8", "-DBUILDING_NODE_EXTENSION"];

export function bindingKey(tensorflow) {
  const sources = sha256OfFolder(join(tfjs, "binding"), (name) => !name.endsWith(".o"));
  return sha256OfTexts(sources, tensorflow.requirement, runPath, ...flags);
}

export const bindingOutputs = [built, target];

/**
 * Builds tfjs-node's binding with one compiler call, linked to the TensorFlow wheel's shared objects.
 *
 * The sources use only TensorFlow's stable C interface and Node-API, so one binding serves every supported Node.
 */
export async function buildBinding(env) {
  const includes = [join(paths.modules, "node-api-headers", "include"), tfjs, join(tfjs, "binding")];
  const partial = `${built}.partial`;
  mkdirSync(dirname(built), { recursive: true });
  await run(
    "TensorFlow's binding",
    "g++",
    [
      ...flags,
      ...[...includes, join(paths.tensorflow, "include")].flatMap((folder) => ["-I", folder]),
      ...["tfjs_backend.cc", "tfjs_binding.cc"].map((name) => join(tfjs, "binding", name)),
      ...["-o", partial, `-L${paths.tensorflow}`, "-l:libtensorflow_cc.so.2", "-l:libtensorflow_framework.so.2"],
      `-Wl,-rpath,${runPath}`,
    ],
    { env },
  );
  renameSync(partial, built);
  placeBinding();
}

/** Puts the built binding where tfjs-node-gpu looks for it (npm empties that folder at every install). */
export function placeBinding() {
  if (!existsSync(built)) return;
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(built, `${target}.partial`);
  renameSync(`${target}.partial`, target);
}
