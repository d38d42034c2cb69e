import assert from "node:assert/strict";
import { test } from "node:test";
import { fusionStageOf, fusionTests, type FusionRun } from "reclm/experiment";
import { assertResultsHave } from "./pages";
import { modelsMissing, restoredExperiment } from "../restored";

/** Each fusion in the setting that it is for. */
const settingOf: Readonly<Record<string, string>> = {
  gated: "full-shot",
  "late head": "zero-shot",
  "head + history": "zero-shot",
};

test("docs/results.md's table of fusions says what the committed trainings say", { skip: modelsMissing }, async (t) => {
  const experiment = await restoredExperiment(t, "ml-100k");
  const runs: FusionRun[] = [];
  for (const fold of experiment.preset.fusions.folds) runs.push(...(await fusionStageOf(fold).read(experiment)));
  const expected = fusionTests(runs)
    .filter(({ fusion, setting, against }) => settingOf[String(fusion)] === setting && against !== "constant")
    .map(({ fusion, setting, vectors, against, ...numbers }) => {
      const alone = vectors === "profiles (Mask)";
      const p = numbers[alone ? "p over users (Holm)" : "p over folds"];
      return [
        ...[fusion, setting, alone ? "the model's, fold 0" : "all folds", against],
        ...[numbers["difference R@20"], numbers["folds above"], p],
      ];
    });
  assert.equal(expected.length, 22);
  assertResultsHave(experiment, expected);
});
