import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import type { ProgressState } from "reclm/core";
import type { Figure } from "reclm/figures";
import { jupyterDisplay, liveCurves, ppoLive, type LiveValues } from "reclm/notebook";

interface Sent {
  readonly text: string;
  readonly types: readonly string[];
  readonly id: string | undefined;
  readonly update: boolean;
}

/** Where lib looks for tslab's display channel: the module that the kernel has loaded. */
const kernelModule = "/kernel/node_modules/tslab/dist/jupyter.js";
let sent: Sent[] = [];
let complaints = "";

function write(message: { data: Record<string, unknown>; transient: { display_id?: string } }, update: boolean): void {
  const { data, transient } = message;
  sent.push({ text: String(data["text/plain"]), types: Object.keys(data), id: transient.display_id, update });
}

beforeEach(() => {
  sent = [];
  complaints = "";
  require.cache[kernelModule] = { exports: { lastWriteDisplayData: write } } as unknown as NodeJS.Module;
  delete process.env["RECLM_PROGRESS"];
  mock.timers.enable({ apis: ["setTimeout"] });
  mock.method(process.stderr, "write", (text: string) => {
    complaints += text;
    return true;
  });
});

afterEach(() => {
  delete require.cache[kernelModule];
  delete process.env["RECLM_PROGRESS"];
  mock.timers.reset();
  mock.restoreAll();
});

const turns = async (): Promise<void> => {
  for (let k = 0; k < 5; k++) await new Promise<void>((resolve) => setImmediate(resolve));
};

const update = (done: number, label = "PPO, run 1", values?: LiveValues): ProgressState => ({
  label,
  done,
  total: 9,
  unit: "steps",
  values: values ?? { score: done / 10 },
});

/** A figure that is drawn when the test says so. */
function slowFigures(): { draw: (values: readonly LiveValues[]) => Figure; drawn: (() => void)[]; most: () => number } {
  const drawn: (() => void)[] = [];
  let [open, most] = [0, 0];
  const draw = (values: readonly LiveValues[]): Figure => {
    const bundle = async (): Promise<object> => {
      most = Math.max(most, (open += 1));
      await new Promise<void>((resolve) => drawn.push(resolve));
      open -= 1;
      return { "text/plain": values.map(({ step, score }) => `${step}:${score}`).join(" ") };
    };
    return { data: [], layout: {}, alt: "", [jupyterDisplay]: bundle } as Figure;
  };
  return { draw, drawn, most: () => most };
}

test("one display grows in place, one drawing at a time, about one a second, the last state in the end", async () => {
  const inner: number[] = [];
  const { draw, drawn, most } = slowFigures();
  const progress = liveCurves({ inner: ({ done }) => inner.push(done), draw });
  progress(update(1));
  const [place] = sent.splice(0);
  assert.deepEqual([place!.text, place!.types, place!.update], ["Curves of PPO, run 1", ["text/plain"], false]);
  progress(update(2));
  progress(update(2));
  await turns();
  assert.equal(drawn.length, 1);
  assert.equal(sent.length, 0, "still being drawn");
  drawn[0]!();
  await turns();
  assert.equal(sent.at(-1)!.text, "1:0.1");
  mock.timers.tick(900);
  progress(update(3));
  await turns();
  assert.equal(drawn.length, 1, "a second has not passed");
  mock.timers.tick(100);
  await turns();
  assert.equal(drawn.length, 2);
  progress(update(4));
  drawn[1]!();
  await turns();
  mock.timers.tick(1000);
  await turns();
  drawn[2]!();
  await turns();
  assert.deepEqual(
    sent.map(({ text }) => text),
    ["1:0.1", "1:0.1 2:0.2 3:0.3", "1:0.1 2:0.2 3:0.3 4:0.4"],
  );
  assert.ok(sent.every((message) => message.update && message.id === place!.id));
  mock.timers.tick(5000);
  await turns();
  assert.equal(drawn.length, 3, "nothing new, nothing drawn");
  assert.equal(most(), 1);
  assert.deepEqual(inner, [1, 2, 2, 3, 4]);
});

test("another job, and one that begins again, get displays of their own; the first one's last state is drawn", async () => {
  const { draw, drawn, most } = slowFigures();
  const progress = liveCurves({ inner: () => undefined, draw });
  progress(update(1));
  await turns();
  progress(update(2));
  progress(update(5, "PPO, run 2"));
  progress(update(1, "PPO, run 2"));
  for (let k = 0; k < 6; k++) {
    drawn[k]?.();
    await turns();
    mock.timers.tick(1000);
    await turns();
  }
  const ids = sent.filter((message) => !message.update).map(({ id }) => id);
  assert.equal(new Set(ids).size, 3);
  const last = ids.map((id) => sent.filter((message) => message.id === id).at(-1)!.text);
  assert.deepEqual(last, ["1:0.1 2:0.2", "5:0.5", "1:0.1"]);
  assert.equal(most(), 1);
});

test("a drawing that fails is said once and stops neither the job nor the next drawing", async () => {
  const { draw, drawn } = slowFigures();
  const progress = liveCurves({
    inner: () => undefined,
    draw: (values) => {
      if (values.length < 3) throw new RangeError("too few");
      return draw(values);
    },
  });
  for (const done of [1, 2, 3]) {
    progress(update(done));
    await turns();
    mock.timers.tick(1000);
    await turns();
  }
  assert.equal(complaints, "Cannot draw the curves of PPO, run 1: too few\n");
  drawn[0]!();
  await turns();
  assert.equal(sent.at(-1)!.text, "1:0.1 2:0.2 3:0.3");
});

test("a channel that breaks does not stop the job", async () => {
  const broken = (): void => {
    throw new Error("the socket is closed");
  };
  require.cache[kernelModule] = { exports: { lastWriteDisplayData: broken } } as unknown as NodeJS.Module;
  const { draw, drawn } = slowFigures();
  const progress = liveCurves({ inner: () => undefined, draw });
  progress(update(1));
  await turns();
  drawn[0]!();
  await turns();
  assert.equal(complaints, "Cannot draw the curves of PPO, run 1: the socket is closed\n");
});

test("nothing is drawn under the runner, outside a kernel, or of an update without numbers; the bar gets everything", async () => {
  let [told, drawings] = [0, 0];
  const draw = (): Figure => {
    drawings += 1;
    throw new Error("drawn");
  };
  const progress = liveCurves({ inner: () => (told += 1), draw });
  process.env["RECLM_PROGRESS"] = "lines";
  progress(update(1));
  delete process.env["RECLM_PROGRESS"];
  progress({ label: "loading", done: 1, total: 2, unit: "files" });
  delete require.cache[kernelModule];
  progress(update(2));
  await turns();
  assert.deepEqual([told, drawings, sent.length, complaints], [3, 0, 0, ""]);
});

test("PPO's own numbers become the six curves, a figure in plotly, PNG and words; other jobs only move the bar", async () => {
  mock.timers.reset();
  const told: string[] = [];
  const progress = ppoLive(({ label }) => told.push(label));
  progress(update(3, "scoring", { "tok/s": 300 }));
  assert.equal(sent.length, 0);
  // The names are those of PpoRun's report (lib/tuning/ppo/ppoRun.ts).
  const values = { score: 0.5, KL: 1.25, entropy: 0.8, "clip share": 0.02, "value loss": 0.1, length: 91 };
  progress(update(1, "PPO, run 1", { ...values, "end of turn": 0.75, beta: 0.05 }));
  for (let waited = 0; sent.length < 2 && waited < 500; waited++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.deepEqual(sent[1]!.types, ["application/vnd.plotly.v1+json", "image/png", "text/plain"]);
  assert.match(sent[1]!.text, /RecLM in 1 step: reward 0\.50, KL 1\.25 nats a response, entropy 0\.80/);
  assert.match(sent[1]!.text, /clipped 2\.0%, length 91 tokens, ended 75%/);
  assert.deepEqual(told, ["scoring", "PPO, run 1"]);
  assert.equal(complaints, "");
});
