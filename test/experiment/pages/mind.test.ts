import assert from "node:assert/strict";
import { test } from "node:test";
import {
  baseRows,
  baseStages,
  floorsStage,
  pickedPoint,
  printedBase,
  settings,
  settingText,
  verdictOf,
  type BaseRun,
  type Setting,
} from "reclm/experiment";
import { assertReadmeHas, assertResultsHave, resultsPageOf } from "./pages";
import { cloneMissing, restoredExperiment } from "../restored";

test("docs/results.md's table of MIND says what the committed trainings say", { skip: cloneMissing }, async (t) => {
  const experiment = await restoredExperiment(t, "mind");
  const stages = baseStages(experiment).filter(({ name }) => name.includes("-tf-idf-"));
  assert.equal(stages.length, 25);
  const runs: readonly BaseRun[] = await Promise.all(stages.map((stage) => stage.read(experiment)));
  const expected = settings.flatMap((setting) =>
    baseRows(runs, setting, "MIND")
      .filter(({ metric }) => metric === "R@20")
      .map(({ recommender, paper, gap, verdict, ...row }) => [
        ...[recommender, settingText(setting), paper, row["epoch by test (as the authors)"]],
        ...[gap, verdict, row["epoch by validation"]],
      ]),
  );
  assert.equal(expected.length, 10);
  assertResultsHave(experiment, expected);
  const verdicts = expected.map(([, , , , , verdict]) => verdict);
  const count = (wanted: string): number => verdicts.filter((verdict) => verdict === wanted).length;
  assert.equal(count("near (10%)"), 0);
  const within = "within the seeds' range";
  const byValidation = settings.flatMap((setting) =>
    [...new Set(runs.map(({ recommender }) => recommender))].map((name) => {
      const own = runs.filter(({ recommender }) => recommender === name);
      const values = own.map((run) => pickedPoint(run, setting, "validation")[setting].recall20);
      return verdictOf(values, printedBase(name, setting, "MIND")!.recall20);
    }),
  );
  const others = byValidation.filter((verdict) => verdict === within).length;
  assert.deepEqual([others, byValidation.filter((verdict) => verdict === "off").length], [5, 5]);
  const all = `R@20: ${count(within)} of ${verdicts.length} ${within}, ${count("off")} off; by validation's epochs ${others} of ${verdicts.length}`;
  const [, , paper, ours, gap] = expected.find(([name]) => name === "LightGCN")!;
  assertReadmeHas(experiment, [["Table 1, Base", "MIND", paper, ours, gap, all]]);
});

test("what docs/results.md says of MIND's floors is so", { skip: cloneMissing }, async (t) => {
  const experiment = await restoredExperiment(t, "mind");
  const floors = await floorsStage.read(experiment);
  const recall = (variant: string, setting: Setting): string =>
    floors.find((run) => run.variant.startsWith(variant))![setting]!.recall20.toFixed(4);
  assert.ok(
    resultsPageOf(experiment)
      .replace(/\s+/g, " ")
      .includes(
        `Popularity has ${noZero(recall("popularity", "fullShot"))} full-shot, EASE ${noZero(recall("EASE", "fullShot"))}, ` +
          `content cosine ${noZero(recall("content cosine", "fullShot"))}; a random list ${noZero(recall("random", "fullShot"))} ` +
          `full-shot and ${noZero(recall("random", "zeroShot"))} zero-shot.`,
      ),
  );
});

function noZero(number: string): string {
  return number.replace(/^0/, "");
}
