import assert from "node:assert/strict";
import { test } from "node:test";
import { claimRows, settings, settingText, table1Stage } from "reclm/experiment";
import { assertReadmeHas } from "./readme";
import { modelsMissing, restoredExperiment } from "../restored";

test("the README's Table 1 says what the committed trainings say", { skip: modelsMissing }, async (t) => {
  const experiment = await restoredExperiment(t, "ml-100k");
  const { table } = await table1Stage.read(experiment);
  const expected = settings.flatMap((setting) =>
    claimRows(table, setting)
      .filter(({ metric }) => metric === "R@20")
      .map((row) => {
        const name = settingText(setting);
        const { recommender, Base: base, Augmented: augmented, gain, verdict } = row;
        return [
          recommender,
          name,
          row["paper, MIND"],
          row["paper, Netflix"],
          base,
          augmented,
          gain,
          row["p (Holm)"],
          verdict,
        ];
      }),
  );
  assert.equal(expected.length, 10);
  assertReadmeHas(experiment, expected);
});
