// The example of docs/own-model.md, taken out of the page, compiled strictly and run.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const root = join(__dirname, "../../..");

function run(...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" });
  assert.equal(status, 0, `${stdout}${stderr}`);
  return stdout;
}

test("the example of docs/own-model.md compiles, runs and learns", () => {
  const page = readFileSync(join(root, "docs", "own-model.md"), "utf8");
  const source = /```ts\n([\s\S]*?)```/.exec(page)![1]!;
  const cache = join(root, ".cache");
  mkdirSync(cache, { recursive: true });
  // Inside the project, where `reclm/...` is found; .mts, because the example awaits at its top.
  const folder = mkdtempSync(join(cache, "own-model-"));
  try {
    writeFileSync(join(folder, "example.mts"), source);
    const strict = [
      "--strict",
      "--noUncheckedIndexedAccess",
      "--skipLibCheck",
      "--module",
      "nodenext",
      "--target",
      "es2022",
    ];
    run(join(root, "node_modules/typescript/bin/tsc"), ...strict, "--types", "node", join(folder, "example.mts"));
    const mean = JSON.parse(run(join(folder, "example.mjs")).trim().split("\n").at(-1)!) as { readonly ndcg20: number };
    // Ten items of each taste are among forty: in random order NDCG@20 is below 0.35.
    assert.ok(mean.ndcg20 > 0.5, `NDCG@20 is ${mean.ndcg20}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
