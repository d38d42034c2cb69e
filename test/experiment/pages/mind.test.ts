import assert from "node:assert/strict";
import { test } from "node:test";
import { baseRows, baseStages, settings, settingText, type BaseRun } from "reclm/experiment";
import { assertReadmeHas, assertResultsHave } from "./pages";
import { cloneMissing, restoredExperiment } from "../restored";

test("docs/results.md's table of MIND says what the committed trainings say", { skip: cloneMissing }, async (t) => {
  const experiment = await restoredExperiment(t, "mind");
  const stages = baseStages(experiment).filter(({ name }) => name.includes("-tf-idf-"));
  assert.equal(stages.length, 25);
  const runs: readonly BaseRun[] = await Promise.all(stages.map((stage) => stage.read(experiment)));
  const expected = settings.flatMap((setting) =>
    baseRows(runs, setting, "MIND")
      .filter(({ metric }) => metric === "R@20")
      .map(({ recommender, paper, "epoch by test (as the authors)": ours, gap, verdict }) => [
        ...[recommender, settingText(setting)],
        ...[paper, ours, gap, verdict],
      ]),
  );
  assert.equal(expected.length, 10);
  assertResultsHave(experiment, expected);
  const verdicts = expected.map(([, , , , , verdict]) => verdict);
  const count = (wanted: string): number => verdicts.filter((verdict) => verdict === wanted).length;
  assert.equal(count("near (10%)"), 0);
  const all = `${count("within the seeds' range")} of ${verdicts.length} within the seeds' range, ${count("off")} off`;
  const [, , paper, ours, gap] = expected.find(([name]) => name === "LightGCN")!;
  assertReadmeHas(experiment, [["Table 1, Base", "MIND", paper, ours, gap, all]]);
});
