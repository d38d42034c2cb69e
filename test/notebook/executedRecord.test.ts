import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { writeJson } from "reclm/core";
import {
  ablationStage,
  distillationStage,
  maskStage,
  policyStageOf,
  presetOf,
  qualityStage,
  withSeed,
  type Experiment,
  type Stage,
} from "reclm/experiment";
import { benchOf } from "../experiment/bench";
import { root } from "./kernelspec";

type Record = typeof import("../../lib/dist/notebook/executedRecord.js");
const { executionKey, isExecuted, rememberExecuted } = require(
  join(root, "lib", "dist", "notebook", "executedRecord.js"),
) as Record;

/** As if the stage had been run. */
function finish(stage: Stage<unknown>, experiment: Experiment): Promise<void> {
  return writeJson(join(stage.folder(experiment), "stage.json"), { seconds: 0 });
}

test("a notebook that shows other runs is executed anew when one of them is finished, others are not", async (t) => {
  const smoke = presetOf("smoke");
  const bench = benchOf({ preset: { ...smoke, ablation: { ...smoke.ablation, runSeeds: [1, 2] } } });
  t.after(() => bench.dispose());
  const { experiment } = bench;
  const keysOf = (): Promise<readonly string[]> =>
    Promise.all(
      ["13-ablation", "02-neighbours"].map((name) =>
        executionKey(experiment, join(root, "notebooks", `${name}.ipynb`)),
      ),
    );
  const [shows, showsNot] = await keysOf();
  assert.deepEqual(await keysOf(), [shows, showsNot]);
  await finish(ablationStage, withSeed(experiment, 2));
  const [after, same] = await keysOf();
  assert.notEqual(after, shows);
  assert.equal(same, showsNot);
});

test("a notebook is executed anew when its preset repeats stages more often, or is called otherwise", async (t) => {
  const smoke = presetOf("smoke");
  const changed = [
    smoke,
    { ...smoke, label: "another" },
    { ...smoke, bases: { ...smoke.bases, seeds: smoke.bases.seeds + 1 } },
    { ...smoke, bases: { ...smoke.bases, texts: [] } },
    { ...smoke, ppo: { ...smoke.ppo, seeds: smoke.ppo.seeds + 1 } },
  ];
  const notebook = join(root, "notebooks", "09-five-recommenders.ipynb");
  const bench = benchOf();
  t.after(() => bench.dispose());
  const keys = await Promise.all(changed.map((preset) => executionKey({ ...bench.experiment, preset }, notebook)));
  assert.equal(new Set(keys).size, changed.length);
  assert.equal(await executionKey({ ...bench.experiment, preset: structuredClone(smoke) }, notebook), keys[0]);
});

test("a notebook is executed anew when a stage that it left is gone, whatever others are not there", async (t) => {
  const smoke = presetOf("smoke");
  const bench = benchOf({ preset: { ...smoke, ppo: { ...smoke.ppo, seeds: 2 } } });
  t.after(() => bench.dispose());
  const { experiment } = bench;
  const tuning = join(bench.folder, "04-tuning.ipynb");
  const ppo = join(bench.folder, "08-ppo.ipynb");
  for (const output of [tuning, ppo]) await writeFile(output, "{}");
  const executed = (): Promise<readonly boolean[]> =>
    Promise.all([tuning, ppo].map((output) => isExecuted(experiment, output, "key")));
  assert.deepEqual(await executed(), [false, false]);

  for (const stage of [distillationStage, maskStage, policyStageOf(1)]) await finish(stage, experiment);
  for (const output of [tuning, ppo]) await rememberExecuted(experiment, output, "key");
  assert.deepEqual(await executed(), [true, true]);
  assert.equal(await isExecuted(experiment, tuning, "another key"), false);
  // What was not there at its end is not asked for, and may come.
  await finish(qualityStage, experiment);
  assert.deepEqual(await executed(), [true, true]);

  await rm(maskStage.folder(experiment), { recursive: true });
  assert.deepEqual(await executed(), [false, true]);
  await rm(policyStageOf(1).folder(experiment), { recursive: true });
  assert.deepEqual(await executed(), [false, false]);
});
