import assert from "node:assert/strict";
import { mkdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { copyOfScripts, runNode, unpackOver } from "./project";

/** Stands for the compiler: every call makes other bytes. */
const compiler = `
const { writeFileSync } = require("node:fs");
writeFileSync(process.argv[process.argv.indexOf("--outFile") + 1], String(process.hrtime.bigint()));`;

test("kernels are compiled again when sources, flags or the compiler's version are others, of whatever age, and only then", (t) => {
  const folder = copyOfScripts(t);
  const script = join("scripts", "build-kernels.mjs");
  const source = join("lib", "recommenders", "kernels", "assembly", "index.ts");
  const lock = "package-lock.json";
  const files = { [source]: "1", [lock]: "1", "node_modules/assemblyscript/bin/asc.js": compiler };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const built = (): string => {
    const { status, output } = runNode([join(folder, script)]);
    assert.equal(status, 0, output);
    return readFileSync(join(folder, "lib", "dist", "recommenders", "kernels", "kernels.wasm"), "utf8");
  };
  let last = built();
  const soon = new Date(Date.now() + 60_000);
  for (const name of [source, script, lock]) utimesSync(join(folder, name), soon, soon);
  assert.equal(built(), last, "nothing changed but times");
  for (const [name, change] of [
    [source, (text: string) => `${text}2`],
    [script, (text: string) => text.replace("-O3", "-O2")],
    [lock, (text: string) => `${text}2`],
  ] as const) {
    unpackOver(join(folder, name), change);
    const next = built();
    assert.notEqual(next, last, name);
    last = next;
  }
  assert.equal(built(), last, "nothing changed");
});
