import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { writeJson } from "reclm/core";
import {
  dataStage,
  distillationStage,
  maskStage,
  presetOf,
  publishStages,
  restoreStages,
  rewardStage,
  type Experiment,
  type Stage,
} from "reclm/experiment";
import { benchOf } from "./bench";

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
