import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { readJson, writeJson } from "reclm/core";
import { AnswerLedger } from "reclm/llm";
import {
  dataStage,
  distillationStage,
  ledgerPath,
  maskStage,
  pathsOfClone,
  presetOf,
  publishStages,
  restoreStages,
  rewardStage,
  table1Stage,
  variantTextStageOf,
  type Experiment,
  type Stage,
} from "reclm/experiment";
import { benchOf } from "./bench";
import { mindExperiment } from "./mindExperiment";
import { restoredExperiment } from "./restored";

async function finish(experiment: Experiment, stage: Stage<unknown>): Promise<void> {
  const folder = stage.folder(experiment);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "adapter.gguf"), stage.name);
  await writeJson(join(folder, "stage.json"), { name: stage.name });
}

const isThere = (experiment: Experiment, stage: Stage<unknown>): boolean =>
  existsSync(join(stage.folder(experiment), "stage.json"));

test("finished long stages are committed, data is not, and another clone gets them back", async (t) => {
  const bench = benchOf();
  t.after(() => bench.dispose());
  const { experiment } = bench;
  for (const stage of [dataStage, distillationStage, maskStage]) await finish(experiment, stage);
  assert.deepEqual(await publishStages(experiment), ["gpt-kd", "mask"]);
  assert.ok(!existsSync(join(experiment.paths.results("smoke"), "stages", "seed-1", "data")));

  await experiment.store.clear();
  assert.deepEqual(await restoreStages(experiment), ["gpt-kd", "mask"]);
  assert.ok(isThere(experiment, distillationStage) && isThere(experiment, maskStage));
  assert.ok(!isThere(experiment, rewardStage));
  assert.deepEqual(await restoreStages(experiment), [], "what is there stays");
});

test("trainings of an unfinished table and the model's answers are committed too", async (t) => {
  const bench = benchOf();
  t.after(() => bench.dispose());
  const { experiment } = bench;
  const training = join(`${table1Stage.folder(experiment)}.work`, "BiasMF-1.json");
  await writeJson(training, { recall20: 0.25 });
  const answer = { ids: Int32Array.of(7, 2), text: "User identity: ...", finish: "stop" } as const;
  await (await AnswerLedger.open(ledgerPath(experiment))).add("key", answer);
  assert.deepEqual(await publishStages(experiment), []);

  await experiment.store.clear();
  await (await AnswerLedger.open(ledgerPath(experiment))).add("other", answer);
  assert.deepEqual(await restoreStages(experiment), []);
  assert.deepEqual(await readJson(training), { recall20: 0.25 });
  const ledger = await AnswerLedger.open(ledgerPath(experiment));
  assert.deepEqual([ledger.size, ledger.get("key")], [2, answer]);

  await finish(experiment, table1Stage);
  assert.deepEqual(await publishStages(experiment), ["table-1"]);
  await experiment.store.clear();
  await restoreStages(experiment);
  assert.ok(!existsSync(training), "a whole stage needs no parts");
});

test("of data whose texts may not be published, neither answers nor texts are", async (t) => {
  const experiment = await mindExperiment(t);
  await (
    await AnswerLedger.open(ledgerPath(experiment))
  ).add("key", { ids: Int32Array.of(2), text: "", finish: "stop" });
  await finish(experiment, variantTextStageOf("LLMRec-style"));
  await finish(experiment, distillationStage);
  assert.deepEqual(await publishStages(experiment), ["gpt-kd"]);
  assert.deepEqual(await readdir(join(experiment.paths.results("mind"), "stages", "seed-1")), ["gpt-kd"]);
});

test("committed results of other settings do not fit and are passed over", async (t) => {
  const bench = benchOf();
  t.after(() => bench.dispose());
  const { experiment } = bench;
  await finish(experiment, distillationStage);
  await publishStages(experiment);
  await experiment.store.clear();
  const smoke = presetOf("smoke");
  const lora = { ...smoke.model.lora, rank: 8 };
  const other = { ...experiment, preset: { ...smoke, model: { ...smoke.model, lora } } };
  assert.deepEqual(await restoreStages(other), []);
});

for (const name of ["ml-100k", "mind"] as const) {
  const clone = name === "mind" && !process.env["RECLM_CLONE"];
  const models = pathsOfClone().models;
  const missing = clone
    ? "RECLM_CLONE is not set"
    : existsSync(models)
      ? false
      : `${models} is absent: npm run setup fetches it`;
  test(`what is committed of ${name} fits the preset and the code`, { skip: missing }, async (t) => {
    const { experiment, restored } = await restoredExperiment(t, name);
    const committed = join(experiment.paths.results(name), "stages", "seed-1");
    assert.deepEqual([...restored].sort(), await wholeStages(committed));
    for (const parts of await partsOfStages(committed)) {
      const work = join(experiment.store.root, parts.replace(/\.parts$/, ".work"));
      assert.ok(existsSync(work), `${parts} fits no stage of this preset and code`);
    }
  });
}

/** The names of the stages that are there as a whole, not in parts. */
async function wholeStages(committed: string): Promise<readonly string[]> {
  const records = (await readdir(committed, { recursive: true })).filter((path) => path.endsWith("stage.json"));
  return records.map((path) => path.split("/")[0]!).sort();
}

/** The folders of finished trainings of unfinished stages: "table-1/3eaff8ee56bd913f.parts". */
async function partsOfStages(committed: string): Promise<readonly string[]> {
  return (await readdir(committed, { recursive: true })).filter((path) => path.endsWith(".parts"));
}
