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
  maskEvidenceStage,
  maskStage,
  otherRuns,
  pathsOfClone,
  policyStage,
  presetOf,
  publishStages,
  restoreStages,
  rewardStage,
  table1Stage,
  variantTextStageOf,
  withSeed,
  type Experiment,
  type Stage,
} from "reclm/experiment";
import { benchOf } from "./bench";
import { mindExperiment } from "./mind/mindExperiment";
import { cloneMissing, modelsMissing, restoredExperiment } from "./restored";

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
  for (const askedBy of ["stage", "reader"] as const) {
    await (await AnswerLedger.open(ledgerPath(experiment, askedBy))).add(askedBy, answer);
  }
  assert.deepEqual(await publishStages(experiment), []);

  await experiment.store.clear();
  await (await AnswerLedger.open(ledgerPath(experiment))).add("other", answer);
  assert.deepEqual(await restoreStages(experiment), []);
  assert.deepEqual(await readJson(training), { recall20: 0.25 });
  const ledger = await AnswerLedger.open(ledgerPath(experiment));
  assert.deepEqual([ledger.size, ledger.get("stage")], [2, answer]);
  const looks = await AnswerLedger.open(ledgerPath(experiment, "reader"));
  assert.deepEqual([looks.size, looks.get("reader")], [1, answer]);

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
  for (const stage of [variantTextStageOf("LLMRec-style"), policyStage, maskEvidenceStage]) {
    await finish(experiment, stage);
  }
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

for (const name of ["ml-100k", "mind", "mind-sample"] as const) {
  const missing = modelsMissing || (name !== "ml-100k" && cloneMissing);
  test(`what is committed of ${name} fits the preset and the code`, { skip: missing }, async (t) => {
    const experiment = await restoredExperiment(t, name);
    const committed = join(experiment.paths.results(name), "stages");
    const seeds = (await readdir(committed)).map((folder) => Number(/^seed-(\d+)$/.exec(folder)?.[1]));
    assert.ok(seeds.length > 0);
    for (const seed of seeds) {
      const { store } = withSeed(experiment, seed);
      const fits = (path: string): boolean => existsSync(join(store.root, path));
      const whole = await pathsIn(join(committed, `seed-${seed}`), "stage.json");
      const parts = await pathsIn(join(committed, `seed-${seed}`), ".parts");
      const expected = [...whole, ...parts.map((path) => path.replace(/\.parts$/, ".work"))];
      const left = expected.filter((path) => !fits(path));
      assert.deepEqual(left, [], `what of seed ${seed} fits no stage of this preset and code`);
    }
  });
}

/** What ends so: "gpt-kd/60e74f055011f7c5/stage.json", or parts of an unfinished stage, "table-1/3eaff8ee56bd913f.parts". */
async function pathsIn(folder: string, end: string): Promise<readonly string[]> {
  return (await readdir(folder, { recursive: true })).filter((path) => path.endsWith(end)).sort();
}

test(
  "what was run in this clone is nothing to an experiment of what is committed",
  { skip: modelsMissing },
  async (t) => {
    const experiment = await restoredExperiment(t, "ml-100k");
    const runs = pathsOfClone().run("ml-100k");
    for (const { store } of [experiment, ...otherRuns(experiment)]) assert.ok(!store.root.startsWith(runs), store.root);
  },
);
