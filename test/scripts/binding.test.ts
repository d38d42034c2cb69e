import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { root, runNode } from "./project";

const program = `
process.chdir(process.argv[1]);
process.env.TF_CPP_MIN_LOG_LEVEL = "3";
const { loadTf } = require(require("node:path").join(process.argv[1], "lib", "dist", "core", "tf.js"));
const tf = loadTf();
const danfo = require("danfojs-node");
const frame = new danfo.DataFrame([[1, 2], [3, 4]]);
const loaded = require("node:fs").readFileSync("/proc/self/maps", "utf8").split("\\n").map((line) => line.split(" ").pop());
console.log(JSON.stringify({
  bindings: [...new Set(loaded.filter((path) => path.includes("tfjs_binding")))].length,
  libraries: [...new Set(loaded.filter((path) => path.includes("libtensorflow_cc")))],
  backend: tf.getBackend(),
  product: [...tf.matMul(frame.tensor.toFloat(), [[1, 0], [0, 2]]).dataSync()],
  version: tf.backend().binding.TF_Version,
}));
`;

test("tfjs-node-gpu and danfojs-node share one binding, linked to the clone's libtensorflow", () => {
  const { status, stdout, output } = runNode(["--input-type=commonjs", "-e", program, root]);
  assert.equal(status, 0, output);
  const seen = JSON.parse(stdout.trim().split("\n").at(-1)!) as Record<string, unknown>;
  assert.equal(seen["bindings"], 1);
  assert.deepEqual(seen["libraries"], [join(root, ".cache", "libtensorflow", "libtensorflow_cc.so.2")]);
  assert.equal(seen["backend"], "tensorflow");
  assert.equal(seen["version"], "2.21.0");
  // [[1, 2], [3, 4]] x [[1, 0], [0, 2]]
  assert.deepEqual(seen["product"], [1, 4, 3, 8]);
});
