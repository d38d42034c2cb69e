import assert from "node:assert/strict";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { replaceFolder, restoreFormer } from "reclm/core";
import { temporaryFolder } from "../scripts/project";
import { killedOnceItSpeaks } from "./child";

const filled =
  (text: string) =>
  (folder: string): Promise<void> =>
    writeFile(join(folder, "file"), text);

test("a folder takes the former one's place, whole, and leaves nothing beside it", async (t) => {
  const place = join(temporaryFolder(t), "deep");
  const path = join(place, "folder");
  await replaceFolder(path, (folder) => mkdir(join(folder, "only in the first")).then(() => filled("old")(folder)));
  await replaceFolder(path, filled("new"));
  assert.deepEqual([await readdir(place), await readdir(path)], [["folder"], ["file"]]);
  assert.equal(await readFile(join(path, "file"), "utf8"), "new");
});

test("a filling that throws leaves the former folder, and nothing beside it", async (t) => {
  const place = temporaryFolder(t);
  const path = join(place, "folder");
  await replaceFolder(path, filled("old"));
  const torn = new Error("torn");
  const failing = replaceFolder(path, async (folder) => {
    await filled("ne")(folder);
    throw torn;
  });
  await assert.rejects(failing, (error) => error === torn);
  assert.deepEqual(await readdir(place), ["folder"]);
  assert.equal(await readFile(join(path, "file"), "utf8"), "old");
});

test("two that fill a folder at once do not touch each other's neighbour", async (t) => {
  const path = join(temporaryFolder(t), "folder");
  let second: Promise<void> | undefined;
  await replaceFolder(path, async (folder) => {
    await filled("first")(folder);
    second = replaceFolder(path, filled("second"));
    await second;
    assert.equal(await readFile(join(folder, "file"), "utf8"), "first");
  });
  assert.equal(await readFile(join(path, "file"), "utf8"), "first");
});

// The second rename, which puts the new folder in place, never comes back.
const heldBetweenRenames = `
  const files = require("node:fs/promises");
  const { join } = require("node:path");
  const { rename } = files;
  const held = () => { console.log("moved aside"); return new Promise(() => setInterval(() => {}, 1000)); };
  files.rename = (from, to) => to === process.argv[1] ? held() : rename(from, to);
  require("reclm/core").replaceFolder(process.argv[1], (folder) => files.writeFile(join(folder, "file"), "new"));
`;

/** Leaves "old" and "new" as a process does that is killed between the renames. */
async function killedBetweenRenames(t: TestContext): Promise<{ readonly place: string; readonly path: string }> {
  const place = temporaryFolder(t);
  const path = join(place, "folder");
  await replaceFolder(path, filled("old"));
  assert.equal(await killedOnceItSpeaks(heldBetweenRenames, path), "moved aside");
  return { place, path };
}

test("killed between the renames, old and new are both there, and the next one puts the old one back first", async (t) => {
  const { place, path } = await killedBetweenRenames(t);
  const left = await readdir(place);
  assert.deepEqual(left.map((name) => name.replace(/^folder\..*\./, "")).sort(), ["former", "partial"]);
  const texts = await Promise.all(left.map((name) => readFile(join(place, name, "file"), "utf8")));
  assert.deepEqual(texts, left[0]!.endsWith("former") ? ["old", "new"] : ["new", "old"]);
  const failing = replaceFolder(path, () => Promise.reject(new Error("torn")));
  await assert.rejects(failing, /torn/);
  assert.equal(await readFile(join(path, "file"), "utf8"), "old");
  await replaceFolder(path, filled("newer"));
  assert.deepEqual(await readdir(place), ["folder"]);
  assert.equal(await readFile(join(path, "file"), "utf8"), "newer");
});

test("of several folders moved aside the last one is put back, and none where there is one", async (t) => {
  const { place, path } = await killedBetweenRenames(t);
  await mkdir(path);
  await filled("later")(path);
  assert.equal(await killedOnceItSpeaks(heldBetweenRenames, path), "moved aside");
  await restoreFormer(path);
  assert.equal(await readFile(join(path, "file"), "utf8"), "later");
  await restoreFormer(path);
  assert.equal(await readFile(join(path, "file"), "utf8"), "later");
  await replaceFolder(path, filled("newer"));
  assert.deepEqual(await readdir(place), ["folder"]);
});
