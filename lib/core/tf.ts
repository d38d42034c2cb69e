import util from "node:util";

/** The TensorFlow binding's module, as one value. */
export type Tf = typeof import("@tensorflow/tfjs-node-gpu");

let loaded: Tf | undefined;

/**
 * TensorFlow for Node, loaded at first use; of its messages only one on stderr about oneDNN is left.
 *
 * oneDNN's products are asked for: TensorFlow itself takes them only where it sees AVX512-VNNI, though they are faster on
 * AVX2 too. `TF_ENABLE_ONEDNN_OPTS=0` refuses them.
 *
 * One binding serves CPU and GPU: it is linked to whichever libtensorflow is installed. tfjs-node 4.22 calls two helpers
 * that Node 23 removed from `util`; they are put back before it loads.
 *
 * @example const tf = loadTf();
 */
export function loadTf(): Tf {
  if (loaded) return loaded;
  process.env["TF_CPP_MIN_LOG_LEVEL"] ??= "3";
  process.env["TF_ENABLE_ONEDNN_OPTS"] ??= "1";
  const restored = util as unknown as Record<string, unknown>;
  restored["isNullOrUndefined"] ??= (value: unknown) => value === null || value === undefined;
  restored["isArray"] ??= Array.isArray;
  loaded = require("@tensorflow/tfjs-node-gpu") as Tf;
  return loaded;
}
