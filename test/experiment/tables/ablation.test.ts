// Expected values: by hand. The stages themselves run in versions.test.ts and in the notebooks' smoke run.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { test } from "node:test";
import {
  ablatedUsers,
  ablationCaption,
  ablationRows,
  ablationTests,
  agreementRows,
  attributeNote,
  dataStage,
  figure2Panels,
  figure3Panels,
  gatedPanels,
  keptVariantTexts,
  variantTextRows,
  variantTexts,
  variantTextStageOf,
  withSeed,
  runAblation,
  runGatedAblation,
  writtenRows,
  type Ablation,
  type Table1Run,
} from "reclm/experiment";
import { benchOf } from "../bench";
import { encoderMissing, smokeBench } from "../smokeRun";

function run(variant: string, seed: number, recall20: number): Table1Run {
  const accuracy = { recall20, recall40: 0.5, ndcg20: 0.1, ndcg40: 0.2 };
  const epochs = { fullShot: 3, zeroShot: 3 };
  const zeroShot = { ...accuracy, recall20: recall20 / 2 };
  return { recommender: "LightGCN", variant, fold: 0, seed, fullShot: accuracy, zeroShot, epochs, seconds: 1 };
}

function ablationOf(seed: number, raised: number): Ablation {
  const variants = ["Base", "GPT_KD", "Naive", "Mask", "RecLM", "LLMRec-style"];
  const size = { users: 40, positives: 100, candidates: 50 };
  const test = { recommender: "LightGCN", setting: "fullShot", users: 40, p: 0.01 } as const;
  return {
    dataset: "toy",
    preset: "smoke",
    label: "",
    seed,
    sides: ["user"],
    sizes: [{ fold: 0, fullShot: size, zeroShot: { ...size, users: 30 } }],
    written: [
      { variant: "Mask", texts: 36, of: 40, inFormat: { count: 30, n: 40, share: 0.75, low: 0.6, high: 0.86 } },
    ],
    runs: variants.flatMap((variant, at) => [
      run(variant, 1, 0.1 * at + raised - 0.01),
      run(variant, 2, 0.1 * at + raised + 0.01),
    ]),
    tests: [
      { ...test, variant: "RecLM", against: "Mask", difference: 0.1, pHolm: 0.02 },
      { ...test, variant: "RecLM", against: "Naive", difference: -0.2, pHolm: 0.02 },
      { ...test, variant: "RecLM", against: "Base", difference: 0.3, pHolm: 0.2 },
    ],
  };
}

const both = [ablationOf(1, 0), ablationOf(2, 0.04)];

test("bars are means over tuning seeds with a dot each, whiskers the spread over recommender seeds", () => {
  const [full, zero] = figure2Panels(both);
  assert.deepEqual(
    full!.rows.map(({ variant }) => variant),
    ["Base", "GPT_KD", "Naive", "Mask", "RecLM"],
  );
  const reclm = full!.rows.at(-1)!;
  // .39 and .41, .43 and .45: each .02 apart, so a spread of .01414 in each run.
  assert.ok(Math.abs(reclm.mean - 0.42) < 1e-12);
  assert.ok(Math.abs(reclm.spread! - 0.02 / Math.SQRT2) < 1e-12);
  assert.deepEqual(
    reclm.parts!.map((mean) => mean.toFixed(12)),
    ["0.400000000000", "0.440000000000"],
  );
  assert.equal(figure2Panels([both[0]!])[0]!.rows[0]!.parts, undefined);
  assert.ok(Math.abs(zero!.rows.at(-1)!.mean - 0.21) < 1e-12);
  assert.deepEqual(
    figure3Panels(both)[0]!.rows.map(({ variant }) => variant),
    ["Base", "LLMRec-style", "RecLM"],
  );
});

test("by gates every variant and profiles of others have bars, the text of the own items a line", () => {
  const gated = both.map((one) => ({
    ...one,
    runs: [
      ...one.runs.filter(({ variant }) => variant !== "Naive"),
      ...[1, 2].flatMap((seed) => [run("users shuffled", seed, 0.2), run("history-mean text", seed, 0.1 * seed)]),
    ],
  }));
  const [full, zero] = gatedPanels(gated);
  assert.deepEqual(
    full!.rows.map(({ variant }) => variant),
    ["Base", "GPT_KD", "Mask", "RecLM", "LLMRec-style", "users shuffled"],
  );
  assert.equal(full!.references[0]!.variant, "history-mean text");
  assert.deepEqual(
    [full!, zero!].map(({ references }) => references[0]!.mean.toFixed(12)),
    ["0.150000000000", "0.075000000000"],
  );
  assert.deepEqual(gatedPanels(both)[0]!.references, []);
});

test("variants that a preset leaves out have no bars", () => {
  const some = both.map((one) => ({ ...one, runs: one.runs.filter(({ variant }) => variant !== "Naive") }));
  assert.deepEqual(
    figure2Panels(some)[0]!.rows.map(({ variant }) => variant),
    ["Base", "GPT_KD", "Mask", "RecLM"],
  );
});

test("the table tells the two spreads apart", () => {
  const row = ablationRows(both).find((each) => each["variant"] === "Mask" && each["setting"] === "Full-shot");
  assert.deepEqual(row, {
    setting: "Full-shot",
    recommender: "LightGCN",
    variant: "Mask",
    "R@20": "0.3200",
    "sd over recommender seeds": "0.0141",
    "sd over tuning seeds": "0.0283",
    "each tuning seed": "0.3000, 0.3400",
  });
  assert.equal(ablationRows([both[0]!])[0]!["sd over tuning seeds"], "—");
});

test("a pair is confirmed, contradicted or neither, run by run", () => {
  assert.deepEqual(
    ablationTests(both).map((row) => [row["tuning seed"], row["claim"], row["verdict"]]),
    ["1", "2"].flatMap((seed) => [
      [seed, "RecLM above Mask", "confirmed"],
      [seed, "RecLM above Naive", "contradicted"],
      [seed, "RecLM above Base", "not distinguishable"],
    ]),
  );
});

test("seeds agree where all give the verdict, or at least the sign", () => {
  const [one, two] = both;
  // The second run turns the sign of the first pair, and adds a cell in which it too finds the second pair contradicted.
  const [first, second, third] = two!.tests;
  const zero = { ...second!, setting: "zeroShot", difference: -0.01 } as const;
  const tests = [{ ...first!, difference: -0.1 }, second!, zero, third!];
  const counts = [
    ["RecLM above Mask", "1", "1, 0", "0", "0, 1", "0", "0"],
    ["RecLM above Naive", "2", "0, 0", "0", "1, 2", "1", "1"],
    ["RecLM above Base", "1", "0, 0", "0", "0, 0", "0", "1"],
  ];
  assert.deepEqual(
    agreementRows([one!, { ...two!, tests }]).map((row) => Object.values(row)),
    counts,
  );
  assert.equal(agreementRows([one!])[0]!["same sign"], "—");
});

test("the caption names users, sides and both kinds of seeds", () => {
  assert.equal(
    ablationCaption(both),
    "toy; profiles of users; test users: 40 full-shot, 30 zero-shot. Whiskers: one standard deviation over 2 recommender seeds; n = 2 tuning seeds (1, 2); white dots: each by itself.",
  );
  const other = {
    ...both[1]!,
    sizes: [{ ...both[1]!.sizes[0]!, zeroShot: { ...both[1]!.sizes[0]!.zeroShot, users: 31 } }],
  };
  assert.match(ablationCaption([both[0]!, other]), /40 full-shot, 30 and 31 zero-shot/);
  assert.match(ablationCaption([both[0]!]), /n = 1 tuning seed \(1\)\.$/);
  assert.throws(() => ablationCaption([]), RangeError);
});

test("what was written is counted, and shown for one user", () => {
  assert.deepEqual(writtenRows([both[0]!]), [
    { "tuning seed": "1", variant: "Mask", "texts written": "36 of 40", "users in format at first": "0.75" },
  ]);
  const texts = [{ variant: "Mask", user: ["a", null] }] as const;
  assert.equal(variantTextRows(texts, 0)[0]!.text, "a");
  assert.match(variantTextRows(texts, 1)[0]!.text, /nothing usable/);
});

test("another seed's results lie in a folder of their own", (t) => {
  const bench = benchOf();
  t.after(() => bench.dispose());
  const other = withSeed(bench.experiment, bench.experiment.seed + 1);
  assert.equal(other.seed, bench.experiment.seed + 1);
  assert.match(other.store.root, /smoke[\\/]seed-2$/);
  assert.equal(withSeed(other, other.seed), other);
});

test("another tuning seed needs no notebook before this one", { skip: encoderMissing }, async (t) => {
  const bench = await smokeBench();
  t.after(() => bench.dispose());
  const [one, ...others] = await runAblation(bench.experiment);
  assert.equal(others.length, 0);
  const rows = ["Base", ...bench.experiment.preset.ablation.variants];
  assert.deepEqual(
    one!.runs.map(({ variant }) => variant),
    rows,
  );
  const [first] = one!.sizes;
  assert.ok(first!.fullShot.users > 0 && first!.zeroShot.users > 0);
  for (const { recommender, fullShot, zeroShot } of one!.runs) {
    assert.equal(recommender, "LightGCN");
    for (const { recall20 } of [fullShot!, zeroShot!]) assert.ok(recall20 >= 0 && recall20 <= 1);
  }
  const folders = bench.experiment.preset.ablation.variants.map((name) =>
    variantTextStageOf(name).folder(bench.experiment),
  );
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true })));
  const withoutTexts = { ...bench.experiment };
  assert.deepEqual(await runAblation(withoutTexts), [one], "its numbers are there");
  assert.deepEqual(folders.filter(existsSync), [], "no text is written again");
  assert.deepEqual(await keptVariantTexts(withoutTexts), []);
  assert.match(attributeNote([]), /not here/);
});

test("fewer users are written for and tested, everybody is trained on", { skip: encoderMissing }, async (t) => {
  const bench = await smokeBench();
  t.after(() => bench.dispose());
  const { ablation } = bench.experiment.preset;
  const sides = ["user"] as const;
  const preset = { ...bench.experiment.preset, ablation: { ...ablation, users: 9, sides } };
  const experiment = { ...bench.experiment, preset };
  const users = ablatedUsers(experiment, await dataStage.read(experiment));
  const [one] = await runAblation(experiment);
  assert.deepEqual(
    one!.written.map(({ of }) => of),
    preset.ablation.variants.map(() => 9),
  );
  for (const { user } of await variantTexts(experiment)) {
    assert.ok(user.every((text, place) => text === null || users.includes(place)));
  }
  assert.ok(one!.sizes[0]!.fullShot.users <= 9);
  const [gated] = await runGatedAblation(experiment);
  for (const { users: tested } of [gated!.recalls!.fullShot, gated!.recalls!.zeroShot]) {
    assert.ok(tested.length > 0 && tested.length <= 9);
  }
});

test("an attribute counts where it is named as a field, not inside another word or in running text", () => {
  const all =
    "{'age': 30, 'gender': f, 'liked genre': a, 'disliked genre': b, 'liked directors': c, 'country': d, 'language': e}";
  const user = [all, "Language: English", "At any age, films", null, "The films that a user liked, newest first:"];
  assert.equal(
    attributeNote([{ variant: "LLMRec-style", user }]),
    "LLMRec-style: of 4 answers 2 name at least one of the 7 attributes asked for, 1 name all.",
  );
});
