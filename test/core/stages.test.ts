import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import {
  hashJson,
  jsonCodec,
  MissingInputError,
  readFloats,
  StageStore,
  writeNumbers,
  type Json,
  type StageCodec,
  type StageKey,
} from "reclm/core";
import { root, temporaryFolder } from "../scripts/project";
import { killedOnceItSpeaks } from "./child";

const key: StageKey = { name: "count", version: 2, inputs: { seed: 1, upstream: ["a"] } };
const codec = jsonCodec<readonly number[]>();
const never = (): Promise<never> => Promise.reject(new Error("computed although it was there"));

function storeOf(t: TestContext): StageStore {
  return new StageStore(join(temporaryFolder(t), "seed-1"));
}

test("a result is computed once, read back, and found again by another store", async (t) => {
  const store = storeOf(t);
  assert.equal(await store.has(key), false);
  const made = await store.run(key, codec, async () => [1, 2]);
  assert.deepEqual([made.value, made.reused], [[1, 2], false]);
  const found = await new StageStore(store.root).run(key, codec, never);
  assert.deepEqual([found.value, found.reused, found.hash], [[1, 2], true, made.hash]);
  assert.deepEqual((await store.read(key, codec, "-")).value, [1, 2]);
  assert.deepEqual(await store.names(), ["count"]);
  assert.deepEqual(await readdir(join(store.root, "count")), [made.hash], "work and partial folders are gone");
  const record = (await store.recordOf(key)) as Readonly<Record<string, Json>>;
  assert.deepEqual([record["name"], record["version"], record["inputs"]], [key.name, key.version, key.inputs]);
  assert.ok(Number(record["seconds"]) >= 0);
});

test("name, version and inputs name the result; the order of fields does not", (t) => {
  const store = storeOf(t);
  const own = store.hashOf(key);
  assert.equal(own, hashJson({ name: "count", version: 2, inputs: { seed: 1, upstream: ["a"] } }).slice(0, 16));
  assert.equal(store.hashOf({ ...key, inputs: { upstream: ["a"], seed: 1 } }), own);
  const others: readonly StageKey[] = [
    { ...key, version: 3 },
    { ...key, name: "other" },
    { ...key, inputs: { seed: 2, upstream: ["a"] } },
    { ...key, inputs: { seed: 1, upstream: ["b"] } },
  ];
  assert.equal(new Set([own, ...others.map((other) => store.hashOf(other))]).size, 5);
});

test("who reads too early is told what to run", async (t) => {
  await assert.rejects(storeOf(t).read(key, codec, "run notebook 02 first"), (error: Error) => {
    assert.ok(error instanceof MissingInputError);
    assert.equal(error.message, 'Cannot find the result of stage "count": run notebook 02 first');
    return true;
  });
});

/** Runs the stage in another process and kills it at the word that `compute` or `save` says. */
function killed(store: StageStore, compute: string, save = ""): Promise<string> {
  const code = `
    const { StageStore, jsonCodec } = require("reclm/core");
    const { writeFileSync } = require("node:fs");
    const held = (word) => { console.log(word); return new Promise(() => setInterval(() => {}, 1000)); };
    const codec = jsonCodec();
    const save = async (folder, value) => { ${save || "await codec.save(folder, value);"} };
    new StageStore(process.argv[1]).run(JSON.parse(process.argv[2]), { ...codec, save }, async (work) => { ${compute} });
  `;
  return killedOnceItSpeaks(code, store.root, JSON.stringify(key));
}

test("killed while computing, it is computed again, from the work that was kept", async (t) => {
  const store = storeOf(t);
  const half = 'writeFileSync(work + "/checkpoint", "half"); await held("computing");';
  assert.equal(await killed(store, half), "computing");
  assert.equal(await store.has(key), false);
  const resumed = await store.run(key, codec, async (work) => {
    assert.equal(await readFile(join(work, "checkpoint"), "utf8"), "half");
    return [3];
  });
  assert.deepEqual([resumed.value, resumed.reused], [[3], false]);
  assert.deepEqual(await readdir(join(store.root, "count")), [resumed.hash], "the work is gone once the stage is done");
});

test("killed while saving, no half result is taken for one", async (t) => {
  const store = storeOf(t);
  const torn =
    'writeFileSync(folder + "/value.json", "[1, 2"); writeFileSync(folder + "/stale", ""); await held("saving");';
  assert.equal(await killed(store, "return [1, 2];", torn), "saving");
  const beside = async (ending: string): Promise<number> =>
    (await readdir(join(store.root, "count"))).filter((name) => name.endsWith(ending)).length;
  assert.deepEqual([await beside(".partial"), await beside(".lock")], [1, 1]);
  assert.equal(await store.has(key), false);
  const { folder, value } = await store.run(key, codec, async () => [1, 2]);
  assert.deepEqual(value, [1, 2]);
  assert.deepEqual((await readdir(folder)).sort(), ["stage.json", "value.json"], "nothing of the killed save is kept");
  assert.deepEqual(await readdir(join(store.root, "count")), [store.hashOf(key)]);
});

const computing = `
  const { StageStore, jsonCodec } = require("reclm/core");
  const told = new Promise((resolve) => process.stdin.once("data", resolve));
  const compute = async () => { console.log("computing"); await told; return [7]; };
  new StageStore(process.argv[1]).run(JSON.parse(process.argv[2]), jsonCodec(), compute).then(() => process.exit());
`;

test("a stage that another process computes is refused, by process and folder, or waited for; the other goes on", async (t) => {
  const { root: place } = storeOf(t);
  const words = ["-e", computing, place, JSON.stringify(key)];
  const child = spawn(process.execPath, words, { cwd: root, stdio: ["pipe", "pipe", "inherit"] });
  t.after(() => child.kill("SIGKILL"));
  await once(child.stdout, "data");
  const impatient = new StageStore(place, 0);
  const work = `${impatient.folderOf(key)}.work`;
  await assert.rejects(impatient.run(key, codec, never), {
    message: `Cannot compute stage "count": process ${child.pid} is at it in ${work}; wait for it, or end it and run again to go on`,
  });
  await assert.rejects(impatient.clear(), {
    message: `Cannot delete ${place}: process ${child.pid} computes a stage in it; wait for it, or end it and run again`,
  });
  assert.ok(existsSync(work));
  assert.deepEqual((await impatient.run({ ...key, version: 3 }, codec, async () => [8])).value, [8], "another stage");
  const waiting = new StageStore(place).run(key, codec, never);
  child.stdin.write("go on\n");
  assert.deepEqual((await waiting).value, [7]);
});

test("two stores of one process do not compute a stage at once; a failed one makes room", async (t) => {
  const store = storeOf(t);
  const other = new StageStore(store.root, 0);
  const first = store.run(key, codec, async () => {
    await assert.rejects(other.run(key, codec, never), new RegExp(`process ${process.pid} is at it`));
    throw new RangeError("Cannot go on: stop");
  });
  await assert.rejects(first, /Cannot go on: stop/);
  assert.deepEqual((await other.run(key, codec, async () => [5])).value, [5]);
});

test("a save that fails leaves nothing beside the work", async (t) => {
  const store = storeOf(t);
  const save = async (folder: string): Promise<never> => {
    await writeFile(join(folder, "value.json"), "[1, ");
    throw new Error("ENOSPC: no space left on device");
  };
  await assert.rejects(
    store.run(key, { ...codec, save }, async () => [1]),
    /^Error: ENOSPC/,
  );
  assert.deepEqual(await readdir(join(store.root, "count")), [`${store.hashOf(key)}.work`]);
});

test("work that a kill has left beside a finished stage is removed when the stage is read", async (t) => {
  const store = storeOf(t);
  await store.run(key, codec, async () => [1]);
  await writeFile(join(await store.workFolderOf(key), "checkpoint"), "old");
  await store.run(key, codec, never);
  assert.deepEqual(await readdir(join(store.root, "count")), [store.hashOf(key)]);
});

test("a stage that throws leaves no result and keeps its work", async (t) => {
  const store = storeOf(t);
  const failing = store.run(key, codec, async (work) => {
    await writeFile(join(work, "checkpoint"), "kept");
    throw new RangeError("Cannot go on: stop");
  });
  await assert.rejects(failing, { name: "RangeError", message: "Cannot go on: stop" });
  assert.equal(await store.has(key), false);
  assert.equal(await readFile(join(await store.workFolderOf(key), "checkpoint"), "utf8"), "kept");
});

const numbers: StageCodec<Float32Array> = {
  save: (folder, value) => writeNumbers(join(folder, "deep", "numbers.f32"), value),
  load: (folder) => readFloats(join(folder, "deep", "numbers.f32")),
};

const damages: readonly (readonly [string, (file: string) => Promise<void>, RegExp])[] = [
  ["cut", (file) => truncate(file, 8), /numbers\.f32: its content changed since it was written/],
  ["changed in one bit", flipBit, /numbers\.f32: its content changed since it was written/],
  ["gone", (file) => rm(file), /Cannot find .*numbers\.f32: it was there when the folder was written/],
];

async function flipBit(file: string): Promise<void> {
  const bytes = await readFile(file);
  bytes[5]! ^= 1;
  await writeFile(file, bytes);
}

for (const [how, damage, reason] of damages) {
  test(`a result that is ${how} is refused, with file and remedy, and computed again once deleted`, async (t) => {
    const store = storeOf(t);
    const compute = async (): Promise<Float32Array> => Float32Array.of(1, 2, 3, 4);
    const { folder } = await store.run(key, numbers, compute);
    await damage(join(folder, "deep", "numbers.f32"));
    const refused = (error: Error): boolean => {
      assert.ok(error.message.startsWith('Cannot read the result of stage "count": Cannot '), error.message);
      assert.match(error.message, reason);
      assert.ok(error.message.endsWith(`; delete ${folder} to compute it again`), error.message);
      return true;
    };
    await assert.rejects(store.run(key, numbers, compute), refused);
    await assert.rejects(store.read(key, numbers, "-"), refused);
    await rm(folder, { recursive: true });
    assert.deepEqual((await store.run(key, numbers, compute)).value, Float32Array.of(1, 2, 3, 4));
  });
}

test("a damaged record, and a result kept before files had checksums", async (t) => {
  const store = storeOf(t);
  const { folder } = await store.run(key, codec, async () => [1]);
  await writeFile(join(folder, "stage.json"), '{"name": "cou');
  await assert.rejects(store.run(key, codec, never), /result of stage "count": Cannot read .*stage\.json: /);
  await writeFile(join(folder, "stage.json"), '{"name": "count", "seconds": 1}');
  assert.deepEqual((await store.run(key, codec, never)).value, [1]);
  await writeFile(join(folder, "value.json"), "[1");
  await assert.rejects(store.run(key, codec, never), /Cannot read .*value\.json: .*; delete .* to compute it again/);
});

test("a message of what another step must make first is passed on as it is", async (t) => {
  const store = storeOf(t);
  await store.run(key, codec, async () => [1]);
  const early = new MissingInputError("the neighbours", "run notebook 02 first");
  const load = (): Promise<never> => Promise.reject(early);
  await assert.rejects(store.read(key, { load }, "-"), (error) => error === early);
});

test("clear() forgets everything; names() of nothing is empty", async (t) => {
  const store = storeOf(t);
  assert.deepEqual(await store.names(), []);
  await store.run(key, codec, async () => [1]);
  await mkdir(join(store.root, "another"));
  assert.deepEqual(await store.names(), ["another", "count"]);
  await store.clear();
  assert.deepEqual([await store.names(), await store.has(key)], [[], false]);
});

test("clear() deletes what a killed process has left, its lock too", async (t) => {
  const store = storeOf(t);
  assert.equal(await killed(store, 'await held("computing");'), "computing");
  await store.clear();
  assert.deepEqual(await store.names(), []);
});
