import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, readdir, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { test, type TestContext } from "node:test";
import { writeJson } from "reclm/core";
import { distillationStage, maskStage, presetOf, type Experiment, type Stage } from "reclm/experiment";
import { notebookOf, writeNotebook } from "reclm/notebook";
import { benchOf } from "../experiment/bench";
import { root } from "./kernelspec";

type Publish = typeof import("../../lib/dist/notebook/publish.js");
const { publishFinished, publishRun } = require(join(root, "lib", "dist", "notebook", "publish.js")) as Publish;

/** What an earlier run published, beside the stages. */
const earlier = ["figures/02-neighbours-1.png", "figures/04-tuning-1.png", "notebooks/04-tuning.ipynb", "table-1.md"];

interface Published {
  readonly experiment: Experiment;
  /** The results' folder. */
  readonly folder: string;
  /** An executed notebook without figures and tables. */
  readonly executed: string;
}

/** A preset whose first run was published before, beside answers of a third seed. */
async function published(t: TestContext, seed: number): Promise<Published> {
  const bench = benchOf({ preset: { ...presetOf("smoke"), commitsStages: true }, seed });
  t.after(() => bench.dispose());
  const folder = bench.experiment.paths.results("smoke");
  for (const name of [...earlier, "stages/seed-3/ledger.jsonl.gz"]) await place(join(folder, name));
  const executed = join(bench.folder, "02-neighbours.ipynb");
  await writeNotebook(executed, notebookOf([{ kind: "code", source: "1;" }], {}));
  return { experiment: bench.experiment, folder, executed };
}

async function place(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, "earlier");
}

async function finish(experiment: Experiment, stage: Stage<unknown>): Promise<void> {
  await writeJson(join(stage.folder(experiment), "stage.json"), { name: stage.name });
}

/** Files but stages. */
async function filesIn(folder: string): Promise<readonly string[]> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => /\.[a-z]+$/.test(name));
  return names.filter((name) => !name.startsWith("stages/")).sort();
}

test("another seed's run leaves the published tables, figures and notebooks alone", async (t) => {
  const { experiment, folder, executed } = await published(t, 2);
  await finish(experiment, maskStage);
  await publishRun(experiment, [executed], 1);
  assert.deepEqual(await filesIn(folder), earlier);
  assert.ok(existsSync(join(folder, "stages", "seed-2", "mask")));
});

test("a whole run takes the place of what was published, after it is written", async (t) => {
  const { experiment, folder, executed } = await published(t, 1);
  await assert.rejects(publishRun(experiment, [join(dirname(executed), "absent.ipynb")], 1));
  assert.deepEqual(await filesIn(folder), earlier, "what cannot be written removes nothing");
  await publishRun(experiment, [executed], 1);
  assert.deepEqual(await filesIn(folder), ["notebooks/02-neighbours.ipynb", "run.json"]);
  assert.ok(existsSync(join(folder, "stages", "seed-3", "ledger.jsonl.gz")));
});

test("committed stages that this clone never ran stay committed", async (t) => {
  const { experiment, folder } = await published(t, 1);
  await finish(experiment, distillationStage);
  await publishRun(experiment, [], 1);
  await experiment.store.clear();
  await finish(experiment, maskStage);
  await publishRun(experiment, [], 1);
  assert.deepEqual(await readdir(join(folder, "stages", "seed-1")), ["gpt-kd", "mask"]);
});

test("committed stages that a killed publishing moved aside stay committed", async (t) => {
  const { experiment, folder } = await published(t, 1);
  await finish(experiment, distillationStage);
  await publishRun(experiment, [], 1);
  await experiment.store.clear();
  const stages = join(folder, "stages", "seed-1");
  // No process has the number 0.
  await rename(stages, `${stages}.0-0.killed.former`);
  await finish(experiment, maskStage);
  await publishRun(experiment, [], 1);
  assert.deepEqual(await readdir(stages), ["gpt-kd", "mask"]);
  assert.deepEqual(await readdir(dirname(stages)), ["seed-1", "seed-3"]);
});

test("finished notebooks take their own places alone", async (t) => {
  const { experiment, folder, executed } = await published(t, 1);
  await publishFinished(experiment, [executed], 1);
  const [, ...others] = earlier;
  const own = ["notebooks/02-neighbours.ipynb", "runs/02-neighbours.json"];
  assert.deepEqual(await filesIn(folder), [...others, ...own].sort());
});
