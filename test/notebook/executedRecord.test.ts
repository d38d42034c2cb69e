import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { writeJson } from "reclm/core";
import { ablationStage, presetOf, withSeed } from "reclm/experiment";
import { benchOf } from "../experiment/bench";
import { root } from "./kernelspec";

type Record = typeof import("../../lib/dist/notebook/executedRecord.js");
const { executionKey } = require(join(root, "lib", "dist", "notebook", "executedRecord.js")) as Record;

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
  await writeJson(join(ablationStage.folder(withSeed(experiment, 2)), "stage.json"), { seconds: 0 });
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
