import assert from "node:assert/strict";
import { test } from "node:test";
import {
  claimRows,
  meanAndSpread,
  settings,
  settingText,
  table1Stage,
  type Setting,
  type Table1,
} from "reclm/experiment";
import { assertResultsHave } from "./pages";
import { cloneMissing, modelsMissing, restoredExperiment } from "../restored";

test("docs/results.md's Table 1 says what the committed trainings say", { skip: modelsMissing }, async (t) => {
  const experiment = await restoredExperiment(t, "ml-100k");
  const { table } = await table1Stage.read(experiment);
  assertResultsHave(experiment, recallRows(table, ["paper, MIND", "paper, Netflix"]));
});

test(
  "docs/results.md's Table 1 of MIND's sample says what the committed trainings say",
  { skip: cloneMissing },
  async (t) => {
    const experiment = await restoredExperiment(t, "mind-sample");
    const { table } = await table1Stage.read(experiment);
    assertResultsHave(experiment, recallRows(table, ["paper, MIND"], controls));
  },
);

const controls = ["control: users shuffled", "control: one constant profile"];

/** R@20 of the five recommenders in both settings: the paper's gains, ours, the controls' means, the verdict. */
function recallRows(
  table: Table1,
  papers: readonly ("paper, MIND" | "paper, Netflix")[],
  variants: readonly string[] = [],
): readonly string[][] {
  const rows = settings.flatMap((setting) =>
    claimRows(table, setting)
      .filter(({ metric }) => metric === "R@20")
      .map((row) => {
        const gains = papers.map((paper) => row[paper]);
        const others = variants.map((variant) => meanRecall(table, setting, String(row.recommender), variant));
        const measured = [row.Base, row.Augmented, ...others, row.gain, row["p (Holm)"], row.verdict];
        return [row.recommender, settingText(setting), ...gains, ...measured].map(String);
      }),
  );
  assert.equal(rows.length, 10);
  return rows;
}

function meanRecall({ runs }: Table1, setting: Setting, recommender: string, variant: string): string {
  const own = runs.filter((run) => run.recommender === recommender && run.variant === variant);
  assert.equal(own.length, 5);
  return meanAndSpread(own.map((run) => run[setting]!.recall20)).mean.toFixed(4);
}
