import assert from "node:assert/strict";
import { test } from "node:test";
import { baseRows, baseStageOf, settings, settingText, type BaseRun } from "reclm/experiment";
import { assertReadmeHas, assertResultsHave } from "./pages";
import { cloneMissing, restoredExperiment } from "../restored";

test("docs/results.md's table of MIND says what the committed trainings say", { skip: cloneMissing }, async (t) => {
  const experiment = await restoredExperiment(t, "mind");
  const all = Array.from({ length: experiment.preset.bases.seeds }, (_, at) => at + 1);
  const seedsOf = { BiasMF: all, NCF: all, LightGCN: all, SGL: all, SimGCL: [1, 2, 3] } as const;
  const runs: BaseRun[] = [];
  for (const recommender of Object.keys(seedsOf) as (keyof typeof seedsOf)[]) {
    for (const seed of seedsOf[recommender]) {
      runs.push(await baseStageOf({ recommender, text: "tf-idf", seed }).read(experiment));
    }
  }
  const nameOf = (recommender: string): string =>
    seedsOf[recommender as keyof typeof seedsOf].length < all.length ? `${recommender}, three seeds` : recommender;
  const expected = settings.flatMap((setting) =>
    baseRows(runs, setting, "MIND")
      .filter(({ metric }) => metric === "R@20")
      .map(({ recommender, paper, "epoch by test (as the authors)": ours, gap, verdict }) => [
        ...[nameOf(recommender!), settingText(setting)],
        ...[paper, ours, gap, verdict],
      ]),
  );
  assert.equal(expected.length, 10);
  assertResultsHave(experiment, expected);
  const verdicts = expected.map(([, , , , , verdict]) => verdict);
  const count = (wanted: string): number => verdicts.filter((verdict) => verdict === wanted).length;
  assert.equal(count("near (10%)"), 0);
  const all10 = `${count("within the seeds' range")} of ${verdicts.length} within the seeds' range, ${count("off")} off`;
  const [, , paper, ours, gap] = expected.find(([name]) => name === "LightGCN")!;
  assertReadmeHas(experiment, [["Table 1, Base", "MIND", paper, ours, gap, all10]]);
});
