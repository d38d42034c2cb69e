// Expected values: by hand; t of .01, .02, .03 is 3.464 with 2 degrees of freedom, p .0742 (scipy.stats.ttest_1samp).
import assert from "node:assert/strict";
import { test } from "node:test";
import { fusionPanels, fusionRows, fusionTests, type FusionName, type FusionRun } from "reclm/experiment";

function run(fusion: FusionName, vectors: string, fold: number, seed: number, recall20: number): FusionRun {
  const accuracy = { recall20, recall40: 0.5, ndcg20: 0.1, ndcg40: 0.2 };
  return { fusion, vectors, fold, seed, fullShot: accuracy, zeroShot: { ...accuracy, recall20: recall20 / 2 } };
}

const runs = [0, 1, 2].flatMap((fold) => [
  run("gated", "teacher's profiles", fold, 1, 0.11 + 0.01 * fold),
  run("gated", "profiles (Mask)", fold, 1, 0.1 + 0.01 * (fold + 1)),
  run("gated", "shuffled", fold, 1, 0.2),
  // Two seeds, whose mean is .1.
  run("Base", "none", fold, 1, 0.08),
  run("Base", "none", fold, 2, 0.12),
  run("content cosine", "none", fold, 1, 0.1 - 0.02 * fold),
]);

test("rows are means and spreads over folds, of means over seeds, Base first", () => {
  assert.deepEqual(fusionRows(runs)[0], {
    fusion: "Base",
    vectors: "none",
    "full R@20": "0.1000 ± 0.0000",
    "zero R@20": "0.0500 ± 0.0000",
    folds: 3,
  });
  assert.equal(fusionRows(runs)[1]!.fusion, "content cosine");
  assert.equal(fusionRows(runs)[2]!["full R@20"], "0.1200 ± 0.0100");
});

test("real profiles are compared with Base and with controls, fold by fold", () => {
  const tests = fusionTests(runs);
  assert.deepEqual(
    tests.map(({ against, setting }) => `${against}, ${setting}`),
    ["Base, full-shot", "Base, zero-shot", "content cosine, zero-shot", "shuffled, full-shot", "shuffled, zero-shot"],
  );
  // .055, .06 and .065 against .05, .04 and .03.
  assert.deepEqual([tests[2]!["difference R@20"], tests[2]!["folds above"]], ["+0.0200", "3 of 3"]);
  assert.deepEqual(tests[0], {
    fusion: "gated",
    vectors: "profiles (Mask)",
    against: "Base",
    setting: "full-shot",
    "difference R@20": "+0.0200",
    "folds above": "3 of 3",
    "p over folds": "0.0742",
    "p over users (Holm)": "—",
  });
  assert.equal(tests[3]!["folds above"], "0 of 3");
  const one = fusionTests(runs.filter(({ fold }) => fold === 0));
  assert.equal(one[0]!["p over folds"], "—");
  // Without the language model's profiles the teacher's are the real ones.
  const taught = fusionTests(runs.filter(({ vectors }) => vectors !== "profiles (Mask)"));
  assert.equal(taught[0]!.vectors, "teacher's profiles");
});

test("folds without the language model's profiles stand with the teacher's, the language model's once more alone", () => {
  const mixed = runs.filter(({ vectors, fold }) => vectors !== "profiles (Mask)" || fold === 0);
  const tests = fusionTests(mixed).filter((row) => row["against"] === "Base" && row["setting"] === "full-shot");
  assert.deepEqual(
    tests.map((row) => [row["vectors"], row["difference R@20"], row["folds above"]]),
    [
      // .11, .12 and .13 against .1.
      ["profiles (Mask) in fold 0, teacher's profiles elsewhere", "+0.0200", "3 of 3"],
      ["profiles (Mask)", "+0.0100", "1 of 1"],
    ],
  );
});

test("where users' own numbers are known, real profiles are tested over users too, with Holm over all of those tests", () => {
  const withUsers = (vectors: string, seed: number, recalls: readonly number[]): FusionRun => ({
    ...run(vectors === "none" ? "Base" : "gated", vectors, 0, seed, 0.1),
    users: { fullShot: recalls, zeroShot: [0.5, 0.5, 0.25] },
  });
  const [first] = fusionTests([
    withUsers("none", 1, [0, 0.25, 0.5]),
    // Means over two seeds are .01, .02 and .03 above Base.
    withUsers("profiles (Mask)", 1, [0.02, 0.25, 0.53]),
    withUsers("profiles (Mask)", 2, [0, 0.29, 0.53]),
    withUsers("shuffled", 1, [0.01, 0.27, 0.53]),
  ]);
  // t of .01, .02 and .03 has p .07418; the smallest of four.
  assert.equal(first!["p over users (Holm)"], "0.2967");
});

test("bars carry names that have colours; what has no profiles is a line", () => {
  const panels = fusionPanels(runs);
  const [full] = panels;
  assert.deepEqual(
    full!.rows.map(({ recommender, variant }) => `${recommender}: ${variant}`),
    ["gated: Teacher", "gated: Augmented (Mask)", "gated: Shuffled"],
  );
  const lines = ({ references }: (typeof panels)[number]): readonly string[] =>
    references.map(({ variant, mean }) => `${variant} ${mean.toFixed(4)}`);
  assert.deepEqual(panels.map(lines), [["Base 0.1000"], ["Base 0.0500", "content cosine 0.0400"]]);
});

test("bars of a panel are of the same folds", () => {
  const mixed = runs.filter(({ vectors, fold }) => vectors !== "profiles (Mask)" || fold === 0);
  const panels = fusionPanels(mixed);
  assert.deepEqual(
    panels.map(({ title }) => title),
    [
      "Full-shot, 3 folds, the teacher's profiles",
      "Zero-shot, 3 folds, the teacher's profiles",
      "Full-shot, fold 0",
      "Zero-shot, fold 0",
    ],
  );
  const teacher = panels.map(({ rows }) => rows.find(({ variant }) => variant === "Teacher")!.mean.toFixed(4));
  assert.deepEqual(teacher, ["0.1200", "0.0600", "0.1100", "0.0550"]);
  const written = panels.map(({ rows }) => rows.some(({ variant }) => variant === "Augmented (Mask)"));
  assert.deepEqual(written, [false, false, true, true]);
});
