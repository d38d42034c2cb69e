import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { presetOf, type Experiment } from "reclm/experiment";
import { benchOf } from "../experiment/bench";
import { root } from "./kernelspec";

type Choice = typeof import("../../lib/dist/notebook/chosenNotebooks.js");
const { chosenNotebooks, notebooksOfPreset } = require(
  join(root, "lib", "dist", "notebook", "chosenNotebooks.js"),
) as Choice;

/** An experiment with three notebooks, of which its preset names some. */
async function experimentOf(t: TestContext, notebooks?: readonly string[]): Promise<Experiment> {
  const bench = benchOf({ preset: { ...presetOf("smoke"), ...(notebooks ? { notebooks } : {}) } });
  t.after(() => bench.dispose());
  const folder = bench.experiment.paths.notebooks;
  await mkdir(folder);
  for (const name of ["05-b.ipynb", "01-a.ipynb", "13-c.ipynb", "notes.md"]) await writeFile(join(folder, name), "{}");
  return bench.experiment;
}

test("notebooks are chosen by the start of their names, in their order, all without a wish", async (t) => {
  const experiment = await experimentOf(t);
  assert.deepEqual(await chosenNotebooks(experiment, []), ["01-a.ipynb", "05-b.ipynb", "13-c.ipynb"]);
  assert.deepEqual(await chosenNotebooks(experiment, ["13", "05-b", "1"]), ["05-b.ipynb", "13-c.ipynb"]);
});

test("a wish that no notebook fits is refused, beside others that one does", async (t) => {
  const experiment = await experimentOf(t);
  await assert.rejects(chosenNotebooks(experiment, ["01", "5", "14"]), {
    name: "RangeError",
    message: "Cannot run notebook 5, 14: there are 01-a, 05-b, 13-c",
  });
});

test("a preset names its notebooks in the same way", async (t) => {
  const experiment = await experimentOf(t, ["05", "13-c"]);
  assert.deepEqual(await notebooksOfPreset(experiment), ["05-b.ipynb", "13-c.ipynb"]);
  await assert.rejects(
    chosenNotebooks(experiment, ["01"]),
    /^RangeError: Cannot run notebook 01: there are 05-b, 13-c$/,
  );
  const wrong = { ...experiment, preset: { ...experiment.preset, notebooks: ["05", "6"] } };
  await assert.rejects(chosenNotebooks(wrong, []), /Cannot run notebook 6: there are 01-a, 05-b, 13-c$/);
});
