import assert from "node:assert/strict";
import { test } from "node:test";
import { matrixOf } from "reclm/core";
import { temporalSplit, testViewOf, testViewOfUsers, validationCut, wholeSetOf } from "reclm/data";
import { ablationStage, baseStageOf, checkTestable, fusionStageOf } from "reclm/experiment";
import { gatedAblationPlan, runAblation, table1Plan, type Experiment, type PreparedData } from "reclm/experiment";
import { interactionsOf, randomInteractions, type Row } from "../../data/toy";
import { benchOf } from "../bench";

const options = { testShare: 0.2, validationShare: 0.1, folds: 5, fold: 0, seed: 1 };

function dataOf(interactions: ReturnType<typeof randomInteractions>, given: Partial<typeof options> = {}) {
  const split = temporalSplit(interactions, { ...options, ...given });
  return { name: "toy", split, testView: testViewOf(split) };
}

test("data with two test users in each setting and two cold items can be tested", () => {
  const data = dataOf(randomInteractions(1));
  checkTestable(data);
  const cold = data.testView.zeroShot.positives;
  const users = Array.from({ length: cold.rows }, (_, user) => user).filter(
    (user) => cold.starts[user + 1]! > cold.starts[user]!,
  );
  checkTestable({ ...data, testView: testViewOfUsers(data.testView, users.slice(0, 2)) });
  for (const left of [0, 1]) {
    const testView = testViewOfUsers(data.testView, users.slice(0, left));
    assert.throws(() => checkTestable({ ...data, testView }), {
      name: "RangeError",
      message: new RegExp(
        `Cannot test recommenders on toy, .*fold 0 of 5 cold: full-shot has ${left} test users? with .*` +
          `zero-shot ${left} test users? with .* at least 2 users and 2 cold items; take more users`,
      ),
    });
  }
});

test("one cold item is too few to deal profiles", () => {
  // Everybody has all four items, item 3 last: with four folds one item is cold, and it is in everybody's test for some fold.
  const rows = [0, 1, 2].flatMap((user) => [0, 1, 2, 3].map((item): Row => [user, item, item]));
  const folds = [0, 1, 2, 3].map((fold) => dataOf(interactionsOf(3, 4, rows), { testShare: 0.3, folds: 4, fold }));
  const tested = folds.find(({ testView }) => testView.zeroShot.positives.columns.length === 3)!;
  assert.throws(() => checkTestable(tested), /zero-shot 3 test users with 3 held-out pairs and 1 cold item, but/);
});

/** An experiment on data in which one user is tested. */
function tooSmall(): { readonly experiment: Experiment; dispose(): void } {
  const { split, testView } = dataOf(randomInteractions(1));
  const user = Array.from({ length: 30 }, (_, at) => at).find(
    (at) => split.test.starts[at + 1]! > split.test.starts[at]!,
  )!;
  const data: Partial<PreparedData> = {
    name: "toy",
    split,
    testView: testViewOfUsers(testView, [user]),
    trainView: validationCut(split, { seed: 1 }),
    wholeSet: wholeSetOf(split),
    coldItems: split.coldItems,
    interactions: randomInteractions(1),
    histories: Array.from({ length: 30 }, () => Int32Array.of()),
    itemText: matrixOf(60, 4),
  };
  const { experiment, dispose } = benchOf();
  const store = {
    hashOf: () => "0".repeat(16),
    folderOf: () => "/nowhere",
    read: () => Promise.resolve({ value: data }),
    run: ({ name }: { name: string }, _: unknown, compute: (work: string) => unknown) =>
      name === "data" ? Promise.resolve({ value: data }) : Promise.resolve("/nowhere").then(compute),
  };
  return { experiment: { ...experiment, store: store as unknown as Experiment["store"] }, dispose };
}

test("whatever trains asks first", async (t) => {
  const { experiment, dispose } = tooSmall();
  t.after(dispose);
  const base = baseStageOf({ recommender: "BiasMF", text: "encoder", seed: 1 });
  const starts: Readonly<Record<string, () => Promise<unknown>>> = {
    "Table 1": () => table1Plan(experiment),
    bases: () => base.run(experiment),
    fusions: () => fusionStageOf(0).run(experiment),
    ablation: () => ablationStage.run(experiment),
    "gated ablation": () => gatedAblationPlan(experiment),
    "the ablation's texts": () => runAblation(experiment),
  };
  for (const [what, start] of Object.entries(starts)) {
    await assert.rejects(start, /Cannot test recommenders on toy/, what);
  }
});
