import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { efficiencyStage, pathsOfClone, table3Rows } from "reclm/experiment";
import { assertReadmeHas } from "./readme";
import { restoredExperiment } from "./restored";

const { models } = pathsOfClone();
const skip = existsSync(models) ? false : `${models} is absent: npm run setup fetches it`;

test("the README's Table 3 says what was timed", { skip }, async (t) => {
  const { experiment } = await restoredExperiment(t, "ml-100k");
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
  assertReadmeHas(experiment, expected);
});
