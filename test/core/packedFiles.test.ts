import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { packFiles, unpackFiles, writeJson } from "reclm/core";

test("JSON files come back byte for byte; other files are left, and what is there stays", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "reclm-packed-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const [from, packed, to] = ["from", "packed", "to"].map((name) => join(folder, name)) as [string, string, string];
  await writeJson(join(from, "a.json"), { x: 0.1 });
  await writeJson(join(from, "b.json"), [1, 2]);
  await writeFile(join(from, "weights.bin"), "not numbers");
  assert.equal(await packFiles(from, packed), 2);
  assert.deepEqual((await readdir(packed)).sort(), ["a.json.gz", "b.json.gz"]);
  const original = await readFile(join(from, "a.json"));
  assert.deepEqual(gunzipSync(await readFile(join(packed, "a.json.gz"))), original);

  await writeJson(join(to, "b.json"), "own");
  assert.equal(await unpackFiles(packed, to), 1);
  assert.deepEqual(await readFile(join(to, "a.json")), original);
  assert.equal(await readFile(join(to, "b.json"), "utf8"), '"own"\n');
});

test("a folder that is not there packs and unpacks to nothing", async () => {
  assert.equal(await packFiles("/absent/from", "/absent/to"), 0);
  assert.equal(await unpackFiles("/absent/from", "/absent/to"), 0);
});
