import assert from "node:assert/strict";
import { test } from "node:test";
import { baseRows, baseStageOf, settings, settingText, type BaseRun } from "reclm/experiment";
import { assertReadmeHas } from "./readme";
import { cloneMissing, restoredExperiment } from "../restored";

test("the README's table of MIND says what the committed trainings say", { skip: cloneMissing }, async (t) => {
  const experiment = await restoredExperiment(t, "mind");
  const runs: BaseRun[] = [];
  for (const recommender of ["BiasMF", "NCF", "LightGCN"] as const) {
    for (let seed = 1; seed <= experiment.preset.bases.seeds; seed++) {
      runs.push(await baseStageOf({ recommender, text: "tf-idf", seed }).read(experiment));
    }
  }
  const expected = settings.flatMap((setting) =>
    baseRows(runs, setting, "MIND")
      .filter(({ metric }) => metric === "R@20")
      .map(({ recommender, paper, "epoch by test (as the authors)": ours, gap, verdict }) => {
        const name = settingText(setting);
        return [recommender, name, paper, ours, gap, verdict];
      }),
  );
  assert.equal(expected.length, 6);
  assertReadmeHas(experiment, expected);
});
