import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ablationRows,
  ablationStage,
  ablationTests,
  agreementRows,
  attributeNote,
  claimVerdict,
  figure2Panels,
  figure3Panels,
  gatedAblationStage,
  gatedControls,
  otherRuns,
  pooledTests,
  settings,
  settingText,
  variantTextStageOf,
} from "reclm/experiment";
import { assertResultsHave, resultsPageOf } from "./pages";
import { modelsMissing, restoredExperiment } from "../restored";

test("docs/results.md's Figures 2 and 3 say what the committed trainings say", { skip: modelsMissing }, async (t) => {
  const experiment = await restoredExperiment(t, "ml-100k");
  const ablations = await Promise.all([experiment, ...otherRuns(experiment)].map((run) => ablationStage.read(run)));
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
  assertResultsHave(experiment, expected);
  const counts = (verdict: string): readonly number[] =>
    ablations.map((run) => ablationTests([run]).filter((row) => row["verdict"] === verdict).length);
  assert.deepEqual(["confirmed", "contradicted", "not distinguishable"].map(counts), [
    [1, 0],
    [2, 3],
    [45, 45],
  ]);
  const sum = (column: string): number => agreementRows(ablations).reduce((all, row) => all + Number(row[column]), 0);
  assert.deepEqual(["confirmed by all", "contradicted by all", "same sign"].map(sum), [0, 0, 23]);
  const inFormat = (wanted: string): readonly string[] =>
    ablations.map(({ written }) => written.find(({ variant }) => variant === wanted)!.inFormat!.share.toFixed(2));
  assert.deepEqual(
    [inFormat("RecLM"), inFormat("Mask")],
    [
      ["0.99", "0.99"],
      ["0.87", "0.96"],
    ],
  );
  const note = attributeNote([await variantTextStageOf("LLMRec-style").read(experiment)]);
  const [, answers, named] = /of (\d+) answers (\d+) name/.exec(note)!;
  assert.ok(
    resultsPageOf(experiment).includes(`Of the untuned model's ${answers} answers ${named} name any attribute`),
    note,
  );
});

test("docs/results.md's table by gates says what the committed trainings say", { skip: modelsMissing }, async (t) => {
  const experiment = await restoredExperiment(t, "ml-100k");
  const gated = await Promise.all([experiment, ...otherRuns(experiment)].map((run) => gatedAblationStage.read(run)));
  const means = ablationRows(gated);
  const variants = ["Base", ...experiment.preset.ablation.variants, ...gatedControls];
  const expected = ["Full-shot", "Zero-shot"].map((setting) => [
    setting.toLowerCase(),
    ...variants.map((name) => means.find((row) => row["setting"] === setting && row["variant"] === name)!["R@20"]),
  ]);
  assertResultsHave(experiment, expected);
  const pooled = pooledTests(gated);
  assert.equal(pooled.length, 28);
  const confirmed = pooled.filter((test) => claimVerdict(test) === "confirmed");
  assert.deepEqual(
    confirmed.map(({ setting, variant, against, difference, pHolm }) => [
      setting,
      `${variant} above ${against}`,
      difference.toFixed(4),
      pHolm.toFixed(3),
    ]),
    [
      ["fullShot", "RecLM above users shuffled", "0.0059", "0.016"],
      ["fullShot", "RecLM above history-mean text", "0.0070", "0.002"],
      ["zeroShot", "GPT_KD above Base", "0.0149", "0.016"],
    ],
  );
  assert.ok(pooled.every((test) => claimVerdict(test) !== "contradicted"));
  const tests = gated.map((run) => ablationTests([run]));
  const counts = (verdict: string): readonly number[] =>
    tests.map((rows) => rows.filter((row) => row["verdict"] === verdict).length);
  assert.deepEqual(["confirmed", "contradicted", "not distinguishable"].map(counts), [
    [2, 0],
    [0, 0],
    [26, 28],
  ]);
  const signs = (claim: string): string =>
    tests
      .flat()
      .filter((row) => row["claim"] === claim)
      .map((row) => row["difference R@20"]![0])
      .join("");
  // Full-shot and zero-shot of the first tuning seed, then of the second.
  assert.equal(signs("RecLM above Base"), "++++");
  assert.equal(signs("RecLM above LLMRec-style"), "+++-");
  for (const other of ["history-mean text", "users shuffled"]) assert.equal(signs(`RecLM above ${other}`), "+-++");
  assert.equal(signs("RecLM above Mask"), "+-++");
});
