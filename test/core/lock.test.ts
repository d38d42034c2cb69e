import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { root, temporaryFolder } from "../scripts/project";
import { behind } from "./child";

type LockModule = typeof import("../../lib/dist/core/lock.js");
const path = join(root, "lib", "dist", "core", "lock.js");
const { takeLock } = require(path) as LockModule;

// How long a process waits before it tries again, in ms.
const waiting = `
  const timers = require("node:timers/promises");
  const waits = [];
  timers.setTimeout = (ms) => { waits.push(ms); return new Promise((resolve) => setTimeout(resolve, 1)); };
  const { takeLock } = require(process.argv[1]);
  takeLock(process.argv[2], 200).then(({ holder }) => console.log(JSON.stringify({ holder, waits })));
`;

test("processes that want a lock another holds do not try again at the same times", async (t) => {
  const place = join(temporaryFolder(t), "place");
  const lock = await takeLock(place, 0);
  assert.ok("unlock" in lock);
  const [one, two] = [0, 1].map(() => {
    const { status, output } = behind("", waiting, path, place);
    assert.equal(status, 0, output);
    return JSON.parse(output) as { readonly holder: number; readonly waits: readonly number[] };
  });
  assert.deepEqual([one!.holder, two!.holder], [process.pid, process.pid]);
  for (const { waits } of [one!, two!]) assert.ok(waits.length > 4 && waits.every((ms) => ms >= 50 && ms < 150));
  assert.notDeepEqual(one!.waits.slice(0, 4), two!.waits.slice(0, 4));
  await lock.unlock();
  assert.ok("unlock" in (await takeLock(place, 0)));
});
