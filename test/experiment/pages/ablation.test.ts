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
  rewardStage,
  settings,
  settingText,
  variantTextStageOf,
  type Ablation,
  type Experiment,
} from "reclm/experiment";
import { assertResultsHave, resultsPageOf } from "./pages";
import { cloneMissing, modelsMissing, restoredExperiment } from "../restored";

/** R@20 of Figures 2 and 3: recommenders by settings, a column a variant. */
function figureRows({ preset }: Experiment, ablations: readonly Ablation[]): readonly (readonly string[])[] {
  const variants = ["Base", ...preset.ablation.variants];
  const panels = [figure2Panels(ablations), figure3Panels(ablations)];
  return settings.flatMap((setting, at) => {
    const bars = panels.flatMap((figure) => figure[at]!.rows);
    return preset.ablation.models.map((recommender) => [
      recommender,
      settingText(setting),
      ...variants.map((variant) =>
        bars.find((bar) => bar.recommender === recommender && bar.variant === variant)!.mean.toFixed(4),
      ),
    ]);
  });
}

/** R@20 by gates: a row a setting, a column a variant or control. */
function gatedRows({ preset }: Experiment, gated: readonly Ablation[]): readonly (readonly (string | undefined)[])[] {
  const means = ablationRows(gated);
  const variants = ["Base", ...preset.ablation.variants, ...gatedControls];
  return ["Full-shot", "Zero-shot"].map((setting) => [
    setting.toLowerCase(),
    ...variants.map((name) => means.find((row) => row["setting"] === setting && row["variant"] === name)!["R@20"]),
  ]);
}

test("docs/results.md's Figures 2 and 3 say what the committed trainings say", { skip: modelsMissing }, async (t) => {
  const experiment = await restoredExperiment(t, "ml-100k");
  const ablations = await Promise.all([experiment, ...otherRuns(experiment)].map((run) => ablationStage.read(run)));
  const expected = figureRows(experiment, ablations);
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
  assertResultsHave(experiment, gatedRows(experiment, gated));
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

test("docs/results.md's Figures 2 and 3 on MIND's sample are the committed ones", { skip: cloneMissing }, async (t) => {
  const experiment = await restoredExperiment(t, "mind-sample");
  const ablation = await ablationStage.read(experiment);
  const expected = figureRows(experiment, [ablation]);
  assert.equal(expected.length, 6);
  assertResultsHave(experiment, expected);
  const tests = ablationTests([ablation]);
  assert.equal(tests.length, 48);
  assert.deepEqual(
    tests
      .filter(({ verdict }) => verdict !== "not distinguishable")
      .map((row) =>
        [row["setting"], row["recommender"], row["claim"], row["difference R@20"], row["verdict"]].join(" "),
      ),
    [
      "Full-shot BiasMF Mask above GPT_KD -0.0050 contradicted",
      "Full-shot BiasMF RecLM above LLMRec-style -0.0062 contradicted",
      "Zero-shot BiasMF Mask above GPT_KD -0.0092 contradicted",
    ],
  );
  const { sizes, written } = ablation;
  assert.deepEqual([sizes[0]!.fullShot.users, sizes[0]!.zeroShot.users], [749, 326]);
  assert.deepEqual(
    written.map(({ variant, of, inFormat }) => [variant, of, inFormat?.share.toFixed(2)]),
    [
      ["GPT_KD", 750, "0.91"],
      ["Naive", 750, "0.89"],
      ["Mask", 750, "0.98"],
      ["RecLM", 750, "0.97"],
      ["LLMRec-style", 750, undefined],
    ],
  );
  const { all, kinds } = (await rewardStage.read(experiment)).accuracy;
  const similar = kinds["similar user"]!;
  assert.deepEqual([similar.right, similar.n], [21, 44]);
  assert.deepEqual([all.right - similar.right, all.n - similar.n], [105, 105]);

  const gated = await gatedAblationStage.read(experiment);
  assertResultsHave(experiment, gatedRows(experiment, [gated]));
  const pooled = pooledTests([gated]);
  assert.equal(pooled.length, 28);
  assert.ok(pooled.every((test) => claimVerdict(test) === "not distinguishable"));
});
