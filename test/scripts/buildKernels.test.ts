import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { root, runNode, temporaryFolder } from "./project";

/** Stands for the compiler: every call makes other bytes. */
const compiler = `
const { writeFileSync } = require("node:fs");
writeFileSync(process.argv[process.argv.indexOf("--outFile") + 1], String(process.hrtime.bigint()));`;

test("kernels are compiled again when sources, flags or the compiler's version changed, and only then", (t) => {
  const folder = temporaryFolder(t);
  const script = join("scripts", "build-kernels.mjs");
  const source = join("lib", "recommenders", "kernels", "assembly", "index.ts");
  const files = { [source]: "", "package-lock.json": "{}", "node_modules/assemblyscript/bin/asc.js": compiler };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  mkdirSync(join(folder, "scripts"));
  copyFileSync(join(root, script), join(folder, script));
  const built = (): string => {
    const { status, output } = runNode([join(folder, script)]);
    assert.equal(status, 0, output);
    return readFileSync(join(folder, "lib", "dist", "recommenders", "kernels", "kernels.wasm"), "utf8");
  };
  let last = built();
  assert.equal(built(), last, "nothing changed");
  for (const name of [source, script, "package-lock.json"]) {
    const soon = new Date(Date.now() + 60_000);
    utimesSync(join(folder, name), soon, soon);
    const next = built();
    assert.notEqual(next, last, name);
    last = next;
    utimesSync(join(folder, name), new Date(0), new Date(0));
  }
});
