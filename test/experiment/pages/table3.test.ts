import assert from "node:assert/strict";
import { test } from "node:test";
import { efficiencyStage, table3Rows } from "reclm/experiment";
import { assertResultsHave } from "./pages";
import { modelsMissing, restoredExperiment } from "../restored";

test("docs/results.md's Table 3 says what was timed", { skip: modelsMissing }, async (t) => {
  const experiment = await restoredExperiment(t, "ml-100k");
  const expected = table3Rows(await efficiencyStage.read(experiment)).map((row) => [
    row["recommender"],
    row["size"],
    row["Base, s"],
    row["Augmented, s"],
    row["cost"],
    row["paper Base, s (A100)"],
    row["paper cost"],
  ]);
  assert.equal(expected.length, 10);
  assertResultsHave(experiment, expected);
});
