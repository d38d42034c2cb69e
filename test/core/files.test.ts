import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { readFloats, readInts, readJson, replaceFile, writeFileAtomic, writeJson, writeNumbers } from "reclm/core";
import { root, temporaryFolder } from "../scripts/project";
import { behind, killedOnceItSpeaks } from "./child";

test("writeFileAtomic() makes folders, replaces, and leaves no other file", async (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, "a", "b", "file");
  await writeFileAtomic(path, "first");
  await writeFileAtomic(path, Uint8Array.of(1, 2, 3));
  assert.deepEqual([...(await readFile(path))], [1, 2, 3]);
  assert.deepEqual(await readdir(join(folder, "a", "b")), ["file"]);
});

test("a write that fails half-way leaves the old file whole, and nothing beside it", async (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, "file");
  await writeFileAtomic(path, "old");
  const torn = new Error("torn");
  const failing = replaceFile(path, async (file) => {
    await file.writeFile("new, but only ha");
    throw torn;
  });
  await assert.rejects(failing, (error: Error) => {
    assert.equal(error.message, `Cannot write ${path}: torn`);
    assert.equal(error.cause, torn);
    return true;
  });
  assert.equal(await readFile(path, "utf8"), "old");
  assert.deepEqual(await readdir(folder), ["file"]);
});

test("a name that is a folder, and a folder that is a file, are refused by name", async (t) => {
  const folder = temporaryFolder(t);
  await mkdir(join(folder, "taken"));
  await writeFile(join(folder, "taken", "inside"), "kept");
  await assert.rejects(writeFileAtomic(join(folder, "taken"), "x"), /Cannot write .*taken: E(ISDIR|NOTEMPTY|EXIST)/);
  assert.deepEqual(await readdir(folder), ["taken"]);
  await assert.rejects(
    writeFileAtomic(join(folder, "taken", "inside", "file"), "x"),
    /Cannot write .*: (ENOTDIR|EEXIST)/,
  );
});

// The child's rename never comes back, so that the kill falls between the synced write and the rename.
const heldBeforeRename = `
  const files = require("node:fs/promises");
  files.rename = () => { console.log("written"); return new Promise(() => setInterval(() => {}, 1000)); };
  require("reclm/core").writeFileAtomic(process.argv[1], "new");
`;

test("killed between write and rename, the old file is whole and the next write succeeds", async (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, "file");
  await writeFileAtomic(path, "old");
  assert.equal(await killedOnceItSpeaks(heldBeforeRename, path), "written");
  assert.equal(await readFile(path, "utf8"), "old");
  const left = (await readdir(folder)).filter((name) => name !== "file");
  assert.equal(left.length, 1, "the killed write had got as far as its neighbour");
  assert.equal(await readFile(join(folder, left[0]!), "utf8"), "new");
  await writeFileAtomic(path, "newer");
  assert.equal(await readFile(path, "utf8"), "newer");
});

const writing = `
  const { writeFileAtomic } = require("reclm/core");
  (async () => { for (let n = 0; ; n++) { await writeFileAtomic(process.argv[1], String(n % 10).repeat(300000)); console.log(n); } })();
`;

test("killed at any moment of many writes, the file is one of them, whole", async (t) => {
  const path = join(temporaryFolder(t), "file");
  for (const milliseconds of [0, 3, 7, 12, 20]) {
    const child = spawn(process.execPath, ["-e", writing, path], { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
    await once(child.stdout, "data");
    await sleep(milliseconds);
    child.kill("SIGKILL");
    await once(child, "exit");
    const text = await readFile(path, "utf8");
    assert.equal(text.length, 300_000);
    assert.equal(new Set(text).size, 1);
  }
});

const overwriting = `
  const { readdirSync, readFileSync } = require("node:fs");
  const { dirname } = require("node:path");
  const path = process.argv[1];
  const { writeFileAtomic } = require("reclm/core");
  (async () => {
    await writeFileAtomic(path, "old");
    const said = await writeFileAtomic(path, "n".repeat(1000000)).then(() => "written", (error) => error.message);
    console.log(JSON.stringify([said, readFileSync(path, "utf8"), readdirSync(dirname(path))]));
  })();
`;

const namespaces = spawnSync("unshare", ["-rm", "true"]).status === 0;

test("on a full disk the old file stays whole", { skip: !namespaces && "no mount namespaces here" }, async (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, "file");
  // A file system of 64 kB, seen by the child alone.
  const mount = `[ "$RECLM_INSIDE" ] || RECLM_INSIDE=1 exec unshare -rm bash -c 'mount -t tmpfs -o size=64k none "$1" && shift && exec "$@"' - '${folder}' "$0" -e "$@"`;
  const { status, output } = behind(mount, overwriting, path);
  assert.equal(status, 0, output);
  const [said, text, names] = JSON.parse(output) as [string, string, string[]];
  assert.match(said, /^Cannot write .*file: ENOSPC: no space left on device/);
  assert.deepEqual([text, names], ["old", ["file"]]);
});

test("where a file may grow no further the old file stays whole", (t) => {
  const path = join(temporaryFolder(t), "file");
  const { status, output } = behind("ulimit -f 64", overwriting, path);
  assert.equal(status, 0, output);
  const [said, text, names] = JSON.parse(output) as [string, string, string[]];
  assert.match(said, /^Cannot write .*file: EFBIG/);
  assert.deepEqual([text, names], ["old", ["file"]]);
});

test("JSON comes back as it was; a text that is none names its file", async (t) => {
  const path = join(temporaryFolder(t), "value.json");
  const value = { b: [1, null, "é"], a: { c: true } };
  await writeJson(path, value);
  assert.deepEqual(await readJson(path), value);
  assert.equal(await readFile(path, "utf8"), `${JSON.stringify(value, null, 2)}\n`);
  await writeFile(path, '{"cut": [1, 2');
  await assert.rejects(readJson(path), (error: Error) => {
    assert.equal(error.name, "SyntaxError");
    assert.ok(error.message.startsWith(`Cannot read ${path}: `));
    return true;
  });
});

test("numbers come back bit for bit, also from a view; bytes that are no numbers are refused", async (t) => {
  const path = join(temporaryFolder(t), "numbers");
  const floats = Float32Array.of(9, 0.1, -0, Infinity, 1e-45, 3.4e38).subarray(1);
  await writeNumbers(path, floats);
  assert.deepEqual(await readFloats(path), floats.slice());
  // IEEE 754 of 0.1 in single precision, little endian.
  assert.deepEqual([...(await readFile(path)).subarray(0, 4)], [0xcd, 0xcc, 0xcc, 0x3d]);
  await writeNumbers(path, Int32Array.of(-1, 2 ** 31 - 1));
  assert.deepEqual([...(await readInts(path))], [-1, 2 ** 31 - 1]);
  await writeNumbers(path, new Int32Array(0));
  assert.equal((await readInts(path)).length, 0);
  await writeFile(path, "12345");
  await assert.rejects(readFloats(path), { name: "SyntaxError", message: /numbers: 5 bytes are no 32-bit numbers/ });
});
