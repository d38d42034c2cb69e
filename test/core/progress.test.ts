import assert from "node:assert/strict";
import { test } from "node:test";
import { breathe, labelled, secondsLeft, type ProgressState } from "reclm/core";

const state = (done: number, total: number): ProgressState => ({ label: "tuning", done, total, unit: "steps" });

test("secondsLeft() goes on at the present rate", () => {
  // 15 of 60 steps took 30 seconds: 2 seconds a step, 45 steps are left.
  assert.equal(secondsLeft(state(15, 60), 30), 90);
  assert.equal(secondsLeft(state(1, 3), 0.5), 1);
  assert.equal(secondsLeft(state(60, 60), 30), 0);
  assert.equal(secondsLeft(state(61, 60), 30), 0, "more done than was foreseen");
  assert.equal(secondsLeft(state(0, 60), 30), undefined, "no rate yet");
  assert.equal(secondsLeft(state(50, 60), 30, 50), undefined, "none of these seconds made what was done");
  assert.equal(secondsLeft(state(55, 60), 30, 50), 30, "of what these seconds made");
});

test("breathe() gives timers a turn and throws the reason of a stop", async () => {
  let ticked = false;
  setImmediate(() => (ticked = true));
  await breathe();
  assert.equal(ticked, true);
  const stop = new AbortController();
  await breathe(stop.signal);
  const reason = new Error("interrupted");
  setImmediate(() => stop.abort(reason));
  await assert.rejects(breathe(stop.signal), (error) => error === reason);
});

test("labelled() renames what a job reports and keeps its signal", () => {
  const heard: ProgressState[] = [];
  const { signal } = new AbortController();
  const control = labelled({ progress: (said) => void heard.push(said), signal }, "item texts");
  control.progress!({ ...state(1, 2), values: { loss: 3 } });
  assert.deepEqual(heard, [{ label: "item texts", done: 1, total: 2, unit: "steps", values: { loss: 3 } }]);
  assert.equal(control.signal, signal);
  assert.deepEqual(labelled({}, "nobody listens"), {});
});
