import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
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
import { resultParts } from "reclm/notebook";
import { assertReadmeHas, assertResultsHave, resultsPageOf } from "./pages";
import { cloneMissing, restoredExperiment } from "../restored";

test("docs/results.md's table of MIND says what the committed trainings say", { skip: cloneMissing }, async (t) => {
  const experiment = await restoredExperiment(t, "mind");
  const published = baseStages(experiment).filter(({ name }) => /-(tf-idf|encoder)-\d$/.test(name));
  const all = await Promise.all(published.map((stage) => stage.read(experiment)));
  assert.equal(all.length, 50);
  const runs: readonly BaseRun[] = all.filter(({ text }) => text === "tf-idf");
  const encoded = all.filter(({ text }) => text === "encoder");
  const byTest = "epoch by test (as the authors)";
  const recalls = (of: readonly BaseRun[], setting: Setting) =>
    baseRows(of, setting, "MIND").filter(({ metric }) => metric === "R@20");
  const expected = settings.flatMap((setting) => {
    const withEncoder = recalls(encoded, setting);
    return recalls(runs, setting).map(({ recommender, paper, gap, verdict, ...row }, place) => {
      const other = withEncoder[place]!;
      assert.equal(other["recommender"], recommender);
      return [
        ...[recommender, settingText(setting), paper, row[byTest], gap, verdict, row["epoch by validation"]],
        ...[other[byTest], other["verdict"]],
      ];
    });
  });
  assert.equal(expected.length, 10);
  assertResultsHave(experiment, expected);
  const verdicts = expected.map(([, , , , , verdict]) => verdict);
  const count = (wanted: string, of = verdicts): number => of.filter((verdict) => verdict === wanted).length;
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
  const ofEncoder = expected.map((row) => row.at(-1));
  const sentence = `With the encoder's text ${count(within, ofEncoder)} are, ${count("near (10%)", ofEncoder)} is near and ${count("off", ofEncoder)} off.`;
  assert.ok(resultsPageOf(experiment).includes(sentence), sentence);
  const cells = `R@20: ${count(within)} of ${verdicts.length} ${within}, ${count("off")} off; by validation's epochs ${others} of ${verdicts.length}`;
  const [, , paper, ours, gap] = expected.find(([name]) => name === "LightGCN")!;
  assertReadmeHas(experiment, [["Table 1, Base", "MIND", paper, ours, gap, cells]]);
});

test("results/mind comes out again from the committed trainings", { skip: cloneMissing }, async (t) => {
  const experiment = await restoredExperiment(t, "mind");
  const folder = experiment.paths.results("mind");
  const parts = await resultParts(experiment, ["09-five-recommenders"]);
  const files = parts.flatMap((part) => Object.entries(part.files));
  assert.deepEqual(files.map(([name]) => name).sort(), ["bases.json", "bases.md"]);
  for (const [name, text] of files) assert.equal(text, readFileSync(join(folder, name), "utf8"), name);
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
