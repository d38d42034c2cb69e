import assert from "node:assert/strict";
import { join } from "node:path";
import test from "node:test";
import { behind } from "../core/child";
import { root } from "../scripts/project";

// An engine whose binary is missing at the first call.
const engine = `
  let calls = 0;
  export const LlamaLogLevel = { error: "error" };
  export async function getLlama() {
    if (calls++ === 0) throw new Error("no binary");
    return "loaded at call " + calls;
  }
`;

const urlOf = (source: string): string => `data:text/javascript,${encodeURIComponent(source)}`;

const hook = urlOf(`
  export async function resolve(name, context, next) {
    return name === "node-llama-cpp" ? { url: ${JSON.stringify(urlOf(engine))}, shortCircuit: true } : next(name, context);
  }
`);

const loading = `
  require("node:module").register(process.argv[1]);
  const { loadLlama } = require(process.argv[2]);
  const said = (promise) => promise.then(String, (error) => error.message);
  (async () => {
    const first = await Promise.all([loadLlama(), loadLlama()].map(said));
    console.log(JSON.stringify([...first, await said(loadLlama()), await said(loadLlama())]));
  })();
`;

test("a load that failed is forgotten, one that went well is not", () => {
  const { status, output } = behind("", loading, hook, join(root, "lib", "dist", "llm", "llama.js"));
  assert.equal(status, 0, output);
  assert.deepEqual(JSON.parse(output), ["no binary", "no binary", "loaded at call 2", "loaded at call 2"]);
});
