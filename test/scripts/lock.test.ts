import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { root, script, temporaryFolder } from "./project";

interface Lock {
  withLock<T>(path: string, work: () => Promise<T>, onWait?: () => void): Promise<T>;
}

const load = () => script<Lock>("setup/lock.mjs");

test("withLock() runs one piece of work at a time and tells that it waits", async (t) => {
  const { withLock } = await load();
  const path = join(temporaryFolder(t), "lock");
  let inside = 0;
  let most = 0;
  let waits = 0;
  const work = async () => {
    inside += 1;
    most = Math.max(most, inside);
    await sleep(30);
    inside -= 1;
  };
  await Promise.all([1, 2, 3].map(() => withLock(path, work, () => (waits += 1))));
  assert.equal(most, 1);
  assert.equal(waits, 2);
  assert.equal(existsSync(path), false);
});

test("withLock() takes over the lock of a killed process", async (t) => {
  const { withLock } = await load();
  const path = join(temporaryFolder(t), "lock");
  const url = pathToFileURL(join(root, "scripts", "setup", "lock.mjs")).href;
  const code = `import(${JSON.stringify(url)}).then((lock) => lock.withLock(${JSON.stringify(path)}, () => { console.log("held"); return new Promise(() => setInterval(() => {}, 1000)); }))`;
  const holder = spawn(process.execPath, ["-e", code], { stdio: ["ignore", "pipe", "inherit"] });
  await once(holder.stdout, "data");
  holder.kill("SIGKILL");
  await once(holder, "exit");
  assert.equal(existsSync(path), true);
  assert.equal(await withLock(path, async () => "taken"), "taken");
});

test("withLock() takes over a lock whose process id belongs to another process now", async (t) => {
  const { withLock } = await load();
  const path = join(temporaryFolder(t), "lock");
  writeFileSync(path, `${process.pid} 1`);
  assert.equal(await withLock(path, async () => "taken"), "taken");
});
