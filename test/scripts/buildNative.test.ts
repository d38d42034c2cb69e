import assert from "node:assert/strict";
import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { root, runNode, temporaryFolder } from "./project";

/** Stands for g++: writes other bytes at every call, and refuses a source that says so. */
const compiler = `#!${process.execPath}
const { readFileSync, writeFileSync } = require("node:fs");
const sources = process.argv.filter((word) => word.endsWith(".cc"));
if (sources.some((source) => readFileSync(source, "utf8") === "bad")) {
  console.error("line 7: bad");
  process.exit(1);
}
writeFileSync(process.argv[process.argv.indexOf("-o") + 1], String(process.hrtime.bigint()));`;

const script = join("scripts", "build-native.mjs");
const shared = join("lib", "core", "native");
const folders = [shared, join("lib", "recommenders", "kernels", "native"), join("lib", "llm", "transformer", "native")];
const built = ["recommenders/kernels/kernels", "llm/transformer/attention"];
const widths = [4, 8, 16];

function project(t: TestContext): { folder: string; build: (path: string) => ReturnType<typeof runNode> } {
  const folder = temporaryFolder(t);
  for (const name of ["scripts", "bin"]) mkdirSync(join(folder, name));
  copyFileSync(join(root, script), join(folder, script));
  for (const native of folders) cpSync(join(root, native), join(folder, native), { recursive: true });
  writeFileSync(join(folder, "bin", "g++"), compiler);
  chmodSync(join(folder, "bin", "g++"), 0o755);
  return { folder, build: (path) => runNode([join(folder, script)], { ...process.env, PATH: path }) };
}

test("C++ is compiled for each width, again when its sources, what it shares or the script changed, and only then", (t) => {
  const { folder, build } = project(t);
  const names = built.flatMap((name) => widths.map((width) => `${name}-${width}.node`));
  const contents = (): string[] => {
    const { status, output } = build(join(folder, "bin"));
    assert.equal(status, 0, output);
    return names.map((name) => readFileSync(join(folder, "lib", "dist", name), "utf8"));
  };
  let last = contents();
  assert.equal(new Set(last).size, names.length);
  assert.deepEqual(contents(), last, "nothing changed");
  const everything = names.map(() => true);
  for (const [name, changed] of [
    [join(shared, "vectors.h"), everything],
    [script, everything],
    [join(folders[1]!, "exponentialSums.cc"), names.map((one) => one.startsWith("recommenders"))],
    [join(folders[2]!, "attention.h"), names.map((one) => one.startsWith("llm"))],
  ] as const) {
    const soon = new Date(Date.now() + 60_000);
    utimesSync(join(folder, name), soon, soon);
    const next = contents();
    assert.deepEqual(
      next.map((content, at) => content !== last[at]),
      changed,
      name,
    );
    last = next;
    utimesSync(join(folder, name), new Date(0), new Date(0));
  }
});

test("without a compiler, or with a source it refuses, the reason is told and no part is left", (t) => {
  const { folder, build } = project(t);
  const missing = build(join(folder, "empty"));
  assert.equal(missing.status, 1);
  assert.match(missing.output, /^Cannot compile the native code: g\+\+ is not installed$/m);
  writeFileSync(join(folder, folders[1]!, "addon.cc"), "bad");
  const refused = build(join(folder, "bin"));
  assert.equal(refused.status, 1);
  assert.match(refused.output, /^Cannot compile the native code: line 7: bad$/m);
  assert.deepEqual(readdirSync(join(folder, "lib", "dist", "recommenders", "kernels")), []);
  assert.equal(readdirSync(join(folder, "lib", "dist", "llm", "transformer")).length, widths.length);
});
