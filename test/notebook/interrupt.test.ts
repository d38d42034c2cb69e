import assert from "node:assert/strict";
import { test } from "node:test";
import { cellControl, InterruptedError } from "reclm/notebook";

test("a stop ends the job of one cell; the next call has a signal that has not stopped", async () => {
  const before = process.listeners("SIGINT");
  const control = await cellControl();
  await cellControl();
  const added = process.listeners("SIGINT").filter((listener) => !before.includes(listener));
  assert.equal(added.length, 1, "one listener, however often cells are opened");
  const { signal } = control();
  assert.equal(control().signal, signal, "jobs of one cell share a signal");
  added[0]!("SIGINT");
  assert.ok(signal.reason instanceof InterruptedError);
  const again = control().signal;
  assert.equal(again.aborted, false);
  added[0]!("SIGINT");
  assert.equal(again.aborted, true, "the second stop is heard too");
});
