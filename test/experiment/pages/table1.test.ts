import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
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

test("what notebook 06 says of all of MovieLens is so", { skip: modelsMissing }, async (t) => {
  const experiment = await restoredExperiment(t, "ml-100k");
  const { table } = await table1Stage.read(experiment);
  const claims = settings.flatMap((setting) => claimRows(table, setting));
  const count = (verdict: string): number => claims.filter((row) => row.verdict === verdict).length;
  assert.deepEqual([claims.length, count("confirmed"), count("contradicted")], [40, 0, 12]);
  const notebook = readFileSync(join(experiment.paths.notebooks, "06-recommenders.ipynb"), "utf8");
  assert.ok(notebook.includes("no cell of 40 confirms the paper's claim and 12 contradict it"));
  const trained = [...new Set(table.runs.map(({ recommender, variant }) => `${recommender}|${variant}`))]
    .map((name) => name.split("|") as [string, string])
    .filter(([recommender, variant]) => recommender !== "floor" && !variant.startsWith("oracle"));
  const best = (setting: Setting): number =>
    Math.max(...trained.map(([recommender, variant]) => Number(meanRecall(table, setting, recommender, variant))));
  const floor = (variant: string, setting: Setting): number =>
    table.runs.find((run) => run.variant === variant)![setting]!.recall20;
  assert.ok(best("fullShot") < floor("EASE", "fullShot"));
  assert.ok(best("zeroShot") < floor("content cosine", "zeroShot"));
});

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
