import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { notebookOf } from "reclm/notebook";
import { root } from "./kernelspec";

type Lint = typeof import("../../lib/dist/notebook/lintNotebook.js");
const { lintNotebook } = require(join(root, "lib", "dist", "notebook", "lintNotebook.js")) as Lint;

const parametersCell = { kind: "code", source: "", tags: ["parameters"] } as const;

function reasonsOf(...cells: readonly string[]): string[] {
  const code = cells.map((source) => ({ kind: "code", source }) as const);
  return lintNotebook(notebookOf([...code, parametersCell])).map(
    ({ cell, line, reason }) => `${cell}:${line} ${reason.slice(0, 24)}`,
  );
}

test("shorthand of a name from an earlier cell or an import is found, of an own name not", () => {
  assert.deepEqual(reasonsOf("const png = 1;", "const x = { png };"), ["2:1 `{ png }` is not defined"]);
  assert.deepEqual(reasonsOf('import { a } from "reclm/core";', "f({ a });"), ["2:1 `{ a }` is not defined w"]);
  assert.deepEqual(reasonsOf("const png = 1; const x = { png };"), []);
  assert.deepEqual(reasonsOf("const png = 1;", "const x = { png: png };"), []);
  assert.deepEqual(reasonsOf("const png = 1;", "const f = (png: number) => ({ png });"), []);
});

test("rebinding what a closure of an earlier cell reads is found, changing a property not", () => {
  const [found] = reasonsOf("let q = 1;\nfunction g() { return q; }", "const y = 1;\nq = 5;");
  assert.equal(found, "2:2 q gets a new value, but ");
  assert.equal(reasonsOf("let q = 1;\nconst g = () => q;", "let q = 2;").length, 1);
  assert.equal(reasonsOf("let q = 1;\nconst g = () => q;", "q++;").length, 1);
  assert.deepEqual(reasonsOf("const q = { v: 1 };\nconst g = () => q.v;", "q.v = 2;"), []);
  assert.deepEqual(reasonsOf("let q = 1;", "q = 2;"), []);
});

test("forms that tslab cannot run are found", () => {
  assert.deepEqual(reasonsOf("const b = 1;\nconst a = await (async () => 1)();"), ["1:2 `await (` fails in tslab"]);
  assert.deepEqual(reasonsOf("const a = await f();\nconst g = async () => await (f)();"), []);
  assert.equal(reasonsOf("for await (const x of y) {}").length, 1);
  assert.deepEqual(reasonsOf("const f = async () => { for await (const x of y) {} };"), []);
  assert.equal(reasonsOf('import { getLlama } from "node-llama-cpp";').length, 1);
  assert.equal(reasonsOf('const x = await import("node-llama-cpp");').length, 1);
  assert.deepEqual(reasonsOf('import type { LlamaModel } from "node-llama-cpp";'), []);
});

test("house rules: absolute paths, long cells and functions, the parameters cell", () => {
  assert.equal(reasonsOf('const p = "/home/me/data";').length, 1);
  assert.deepEqual(reasonsOf('const p = "../data"; const q = "a / b"; const r = "Recall/NDCG";'), []);
  assert.equal(reasonsOf("1;\n".repeat(26)).length, 1);
  assert.deepEqual(reasonsOf("1;\n".repeat(25)), []);
  assert.equal(reasonsOf(`function f() {\n${"1;\n".repeat(9)}}`).length, 1);
  assert.match(lintNotebook(notebookOf([{ kind: "code", source: "1" }]))[0]!.reason, /0 cells are tagged/);
});

test("outputs of other code and counts out of order are found", () => {
  const fresh = notebookOf([parametersCell, { kind: "code", source: "1" }, { kind: "code", source: "2" }]);
  const hashes = ["", "6b86b273ff34fce1", "d4735e3a265e16ee"];
  const cells = fresh.cells.map((cell, k) =>
    k === 0 ? cell : { ...cell, executionCount: k, executedHash: hashes[k]! },
  );
  assert.deepEqual(lintNotebook({ ...fresh, cells }), []);
  const edited = cells.map((cell, k) => (k === 2 ? { ...cell, source: "3", executionCount: 5 } : cell));
  assert.equal(lintNotebook({ ...fresh, cells: edited }).length, 2);
});
