import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ablationStage,
  ablationTests,
  attributeNote,
  figure2Panels,
  figure3Panels,
  settings,
  settingText,
  variantTextStageOf,
} from "reclm/experiment";
import { assertReadmeHas, readmeOf } from "./readme";
import { modelsMissing, restoredExperiment } from "./restored";

test("the README's Figures 2 and 3 say what the committed trainings say", { skip: modelsMissing }, async (t) => {
  const experiment = await restoredExperiment(t, "ml-100k");
  const ablations = [await ablationStage.read(experiment)];
  const variants = ["Base", ...experiment.preset.ablation.variants];
  const panels = [figure2Panels(ablations), figure3Panels(ablations)];
  const expected = settings.flatMap((setting, at) => {
    const bars = panels.flatMap((figure) => figure[at]!.rows);
    return experiment.preset.ablation.models.map((recommender) => [
      recommender,
      settingText(setting),
      ...variants.map((variant) =>
        bars.find((bar) => bar.recommender === recommender && bar.variant === variant)!.mean.toFixed(4),
      ),
    ]);
  });
  assert.equal(expected.length, 6);
  assertReadmeHas(experiment, expected);
  const count = (verdict: string): number =>
    ablationTests(ablations).filter((row) => row["verdict"] === verdict).length;
  assert.deepEqual(["confirmed", "contradicted", "not distinguishable"].map(count), [1, 2, 45]);
  const note = attributeNote([await variantTextStageOf("LLMRec-style").read(experiment)]);
  const [, answers, named] = /of (\d+) answers (\d+) name/.exec(note)!;
  assert.ok(
    readmeOf(experiment).includes(`Of the untuned model's ${answers} answers ${named} name any attribute`),
    note,
  );
});
