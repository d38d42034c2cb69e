import assert from "node:assert/strict";
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { copyOfScripts, root, runNode, script as moduleOf, unpackOver } from "./project";

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
const names = built.flatMap((name) => widths.map((width) => `${name}-${width}.node`));

function project(t: TestContext): { folder: string; build: (path: string) => ReturnType<typeof runNode> } {
  const folder = copyOfScripts(t);
  mkdirSync(join(folder, "bin"));
  for (const native of folders) cpSync(join(root, native), join(folder, native), { recursive: true });
  writeFileSync(join(folder, "bin", "g++"), compiler);
  chmodSync(join(folder, "bin", "g++"), 0o755);
  return { folder, build: (path) => runNode([join(folder, script)], { ...process.env, PATH: path }) };
}

test("C++ is compiled for each width, again when sources, what they share or flags are others, of whatever age, and only then", (t) => {
  const { folder, build } = project(t);
  const contents = (): string[] => {
    const { status, output } = build(join(folder, "bin"));
    assert.equal(status, 0, output);
    return names.map((name) => readFileSync(join(folder, "lib", "dist", name), "utf8"));
  };
  let last = contents();
  assert.equal(new Set(last).size, names.length);
  const [shares, own] = [join(shared, "vectors.h"), join(folders[1]!, "exponentialSums.cc")];
  const soon = new Date(Date.now() + 60_000);
  for (const name of [shares, own, script]) utimesSync(join(folder, name), soon, soon);
  assert.deepEqual(contents(), last, "nothing changed but times");
  const comment = (text: string): string => `${text}//`;
  for (const [name, change, isMade] of [
    [shares, comment, () => true],
    [script, (text: string) => text.replace('"-O3"', '"-O2"'), () => true],
    [own, comment, (one: string) => one.startsWith("recommenders")],
    [join(folders[2]!, "attention.h"), comment, (one: string) => one.startsWith("llm")],
    [
      join("scripts", "setup", "native.mjs"),
      (text: string) => text.replace('"-mfma"', ""),
      (one: string) => /-8/.test(one),
    ],
  ] as const) {
    unpackOver(join(folder, name), change);
    const next = contents();
    assert.deepEqual(
      next.map((content, at) => content !== last[at]),
      names.map(isMade),
      name,
    );
    last = next;
  }
  rmSync(join(folder, "lib", "dist", names[1]!));
  assert.deepEqual(
    contents().map((content, at) => content !== last[at]),
    names.map((_, at) => at === 1),
    "one width was gone",
  );
});

test("set-up asks for every width", async () => {
  const { libOutputs } = await moduleOf<{ libOutputs: readonly string[] }>("setup/library.mjs");
  for (const name of names) assert.ok(libOutputs.includes(join(root, "lib", "dist", name)), name);
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
  const whole = readdirSync(join(folder, "lib", "dist", "llm", "transformer"));
  assert.equal(whole.filter((name) => name.endsWith(".node")).length, widths.length);
});
