import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { tableFromArrays } from "apache-arrow";
import { versionOf, type ProgressState } from "reclm/core";
import {
  notebookOf,
  notebookText,
  parameters,
  progressMark,
  progressText,
  readNotebook,
  show,
  table,
  toDanfo,
  writeNotebook,
} from "reclm/notebook";
import { samples } from "../figures/samples";
import { root, workFolder } from "./kernelspec";

type Terminal = typeof import("../../lib/dist/notebook/terminal.js");
type NotebookEvent = Parameters<ReturnType<Terminal["terminalView"]>>[0];
type ProgressLine = Extract<NotebookEvent, { readonly event: "progress" }>["state"];

const { terminalView } = require(join(root, "lib", "dist", "notebook", "terminal.js")) as Terminal;

test("the kernel is the tslab whose inner display channel we use", () => {
  assert.equal(versionOf("tslab"), "1.0.22");
  const source = readFileSync(join(root, "node_modules", "tslab", "dist", "jupyter.js"), "utf8");
  assert.match(source, /exports\.lastWriteDisplayData = writeDisplayData/);
});

test("a table right-aligns numbers, marks the best as shown, and knows mean ± sd and absent values", () => {
  const rows = [
    { model: "A|B", recall: { mean: 0.2112, sd: 0.004 }, users: 943 },
    { model: "<C>", recall: { mean: 0.2108 }, users: 12000 },
    { model: "D", users: null },
  ];
  const rich = table(rows, { best: { recall: "highest" }, caption: "n = 3" });
  assert.equal(
    rich.markdown(),
    [
      "| model | recall | users |",
      "| --- | ---: | ---: |",
      "| A\\|B | **0.211 ± 0.004** | 943 |",
      "| <C> | **0.211** | 12,000 |",
      "| D | — | — |",
      "",
      "n = 3",
    ].join("\n"),
  );
  assert.match(rich.html(), /&lt;C&gt;/);
  assert.doesNotMatch(rich.html(), /color:|background:#/);
  assert.throws(() => table(rows, { columns: ["x"] }), /Cannot show column "x"/);
  assert.equal(table([]).text(), "\n");
});

test("Arrow tables, danfo frames and rows read alike", () => {
  const arrow = tableFromArrays({ id: Int32Array.of(1, 2, 3), score: Float64Array.of(0.5, 0.25, 0.125) });
  assert.equal(table(arrow, { limit: 2 }).text(), "id  score\n--  -----\n 1  0.500\n 2  0.250\n(1 more row)");
  const frame = toDanfo(arrow, { limit: 2 });
  assert.deepEqual(frame.shape, [2, 2]);
  assert.equal(table(frame).markdown(), table(arrow, { limit: 2 }).markdown().split("\n\n")[0]);
  assert.throws(() => toDanfo(arrow, { limit: 0 }), RangeError);
});

test("a figure's bundle holds plotly JSON, a PNG and words; other objects say themselves", async () => {
  const bundle = await show.bundleOf(samples["groundingBars"]);
  assert.deepEqual(Object.keys(bundle), ["application/vnd.plotly.v1+json", "image/png", "text/plain"]);
  assert.equal(
    Buffer.from(bundle["image/png"] as string, "base64")
      .subarray(1, 4)
      .toString(),
    "PNG",
  );
  assert.ok(JSON.stringify(bundle).length < 150000);
  assert.deepEqual(await show.bundleOf({ [Symbol.for("Jupyter.display")]: () => ({ "text/plain": "me" }) }), {
    "text/plain": "me",
  });
  assert.deepEqual(await show.bundleOf("words"), { "text/plain": "words" });
});

test("parameters take given values over defaults and refuse others", () => {
  const defaults = { preset: "quick", seed: 1 };
  assert.deepEqual(parameters(defaults, undefined), defaults);
  assert.deepEqual(parameters(defaults, '{"seed":7}'), { preset: "quick", seed: 7 });
  assert.throws(() => parameters(defaults, '{"sed":7}'), /Cannot set parameter "sed": this notebook has preset, seed/);
  assert.throws(() => parameters(defaults, '{"seed":"7"}'), TypeError);
  assert.throws(() => parameters(defaults, "{"), SyntaxError);
  assert.throws(() => parameters(defaults, "[1]"), TypeError);
});

test("progress says rate, memory and time left", () => {
  const state = {
    label: "tuning",
    done: 15,
    total: 60,
    unit: "steps",
    values: { loss: 1.2345, "tok/s": 340.2, "RSS MB": 2140 },
  };
  assert.equal(
    progressText(state, 41),
    "tuning 15/60 steps · loss 1.23 · 340 tok/s · RSS 2140 MB · 0:41, about 2:03 left",
  );
  assert.match(progressText(state, 41, 15), /· 0:41$/, "a resumed job has no rate at its first report");
  assert.match(progressText(state, 41, 10), /about 6:09 left$/);
  assert.equal(progressText({ label: "x", done: 0, total: 0, unit: "steps" }, 3700), "x 0/0 steps · 1:01:40");
});

test("what is not a finite number is a dash, under the cell and in the terminal", () => {
  const values = { loss: NaN, KL: Infinity, "tok/s": NaN, score: 0.5 };
  const state = { label: "tuning", done: 1, total: 4, unit: "steps", values };
  const text = "tuning 1/4 steps · loss — · KL — · — tok/s · score 0.500 · 0:02, about 0:06 left";
  assert.equal(progressText(state, 2), text);
  // As the runner passes it on.
  const passed = JSON.parse(JSON.stringify({ ...state, seconds: 2, from: 0 })) as ProgressLine;
  const said: string[] = [];
  terminalView("04", { write: (piece) => said.push(piece) })({ event: "progress", cell: 3, state: passed });
  assert.deepEqual(said, [`  cell 3 of 0: ${text}\n`]);
});

test("the memory that a runner shows is that of the process at work", () => {
  const script = `
    const { progressBar } = require("reclm/notebook");
    const held = Buffer.alloc(400e6, 1);
    progressBar()({ label: "x", done: held.length, total: held.length, unit: "bytes" });`;
  const env = { ...process.env, RECLM_PROGRESS: "lines" };
  const { stdout } = spawnSync(process.execPath, ["-e", script], { cwd: root, env, encoding: "utf8" });
  const line = stdout.split("\n").find((text) => text.startsWith(progressMark))!;
  const { values } = JSON.parse(line.slice(progressMark.length)) as { values: Record<string, number> };
  assert.ok(values["RSS MB"]! > 400);
});

test("a count that begins anew under its label has seconds of its own", () => {
  const script = `
    const { progressBar } = require("reclm/notebook");
    let time = 0;
    const bar = progressBar(() => time);
    for (const [seconds, done, total] of [[0, 1, 50], [300, 50, 50], [320, 3, 100], [330, 4, 100]]) {
      time = 1000 * seconds;
      bar({ label: "items", done, total, unit: "answers" });
    }`;
  const env = { ...process.env, RECLM_PROGRESS: "lines" };
  const { stdout } = spawnSync(process.execPath, ["-e", script], { cwd: root, env, encoding: "utf8" });
  const told = stdout
    .split("\n")
    .filter((text) => text.startsWith(progressMark))
    .map((text) => JSON.parse(text.slice(progressMark.length)) as ProgressState & { seconds: number; from: number })
    .map(({ done, seconds, from }) => [done, seconds, from]);
  assert.deepEqual(told, [
    [1, 0, 1],
    [50, 300, 1],
    [3, 0, 3],
    [4, 10, 3],
  ]);
});

test("a notebook file survives reading and writing", async () => {
  const { folder } = await workFolder();
  const written = notebookOf(
    [
      { kind: "markdown", source: "# Title\n\ntext" },
      { kind: "code", source: "const a = 1;\n", tags: ["parameters"] },
    ],
    { minutes: { quick: 2 } },
  );
  const path = join(folder, "a.ipynb");
  await writeNotebook(path, written);
  const read = await readNotebook(path);
  await rm(folder, { recursive: true });
  assert.deepEqual(read, written);
  assert.equal(notebookText(read), notebookText(written));
  assert.match(notebookText(written), /"# Title\\n",\n/);
});
