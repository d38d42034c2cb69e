import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { rowOf, transposed, type Csr, type Matrix } from "reclm/core";
import {
  dataStage,
  encodeProfiles,
  fusionVectors,
  type Experiment,
  type FusionVectors,
  type PreparedData,
} from "reclm/experiment";
import { historyMeanText } from "reclm/metrics";
import { rulesTeacher } from "reclm/profiles";
import { filmWords, historiesOf, promptSource } from "reclm/prompts";
import { encoderMissing, smokeBench } from "../smokeRun";

const skip = encoderMissing;

test(
  "vectors that a head is chosen with know nothing of validation's cold items, those that are tested do",
  { skip },
  async (t) => {
    const { experiment, data } = await smokeData(t);
    const before = await fusionVectors(experiment, data, undefined, {});
    const after = await fusionVectors(experiment, withoutColdOnes(data), undefined, {});
    for (const [at, { name, full, compact }] of before.entries()) {
      assert.deepEqual([after[at]!.full.cut, after[at]!.compact.cut], [full.cut, compact.cut], name);
    }
    const users = (sets: readonly FusionVectors[]): Matrix =>
      sets.find(({ name }) => name === "teacher's profiles")!.full.whole.users;
    assert.notDeepEqual(users(after), users(before), "profiles that are tested are written from all of a history");
  },
);

test("on the cut the teacher's base rates are counted without validation's cold items too", { skip }, async (t) => {
  const { experiment, data } = await smokeData(t);
  const histories = historiesOf(data.positives, data.trainView.train);
  const { name: writer, profileOf } = rulesTeacher(promptSource(data.catalogue, histories, filmWords));
  const profiles = histories.map((history, user) => profileOf(user, history));
  const sets = await fusionVectors(experiment, data, undefined, {});
  const { cut } = sets.find(({ name }) => name === "teacher's profiles")!.full;
  assert.deepEqual(cut.users, await encodeProfiles(experiment, { side: "user", writer, profiles }, {}));
});

test(
  "histories and oracles of the two kinds of vectors are training's and validation's, training's and the test's",
  { skip },
  async (t) => {
    const { experiment, data } = await smokeData(t);
    const { itemText, trainView, shown, split } = data;
    const sets = await fusionVectors(experiment, data, undefined, {});
    const of = (name: string): FusionVectors => sets.find((set) => set.name === name)!;
    const text = (pairs: Csr): Matrix => historyMeanText(pairs, itemText);
    const { cut, whole } = of("history-mean text").full;
    assert.deepEqual([cut.users, whole.users], [text(trainView.train), text(shown)]);
    const oracle = of("oracle users").full;
    assert.deepEqual([oracle.cut.users, oracle.whole.users], [text(split.validation), text(split.test)]);
    const dealt = of("shuffled").full.cut.items;
    const own = of("teacher's profiles").full.cut.items;
    const { candidates } = trainView.validation.zeroShot;
    assert.deepEqual(
      sortedRows(dealt, candidates),
      sortedRows(own, candidates),
      "items that are cold for validation trade among themselves",
    );
  },
);

test("profiles are dealt anew for each seed, to others of the same kind", { skip }, async (t) => {
  const { experiment, data } = await smokeData(t);
  const { preset } = experiment;
  const twoSeeds = { ...experiment, preset: { ...preset, fusions: { ...preset.fusions, seeds: 2 } } };
  const sets = await fusionVectors(twoSeeds, data, undefined, {});
  const dealt = sets.filter(({ name }) => name === "shuffled");
  assert.deepEqual(
    dealt.map(({ seed }) => seed),
    [1, 2],
  );
  const [first, second] = dealt.map(({ full }) => full.whole.users);
  assert.deepEqual(sortedRows(second!), sortedRows(first!));
  assert.notDeepEqual(second, first);
});

/** [n] rows as text, all of them unless told which, in an order of their own. */
function sortedRows(matrix: Matrix, rows: Iterable<number> = Array(matrix.rows).keys()): readonly string[] {
  return Array.from(rows, (row) => rowOf(matrix, row).join(" ")).sort();
}

async function smokeData(t: TestContext): Promise<{ readonly experiment: Experiment; readonly data: PreparedData }> {
  const bench = await smokeBench();
  t.after(() => bench.dispose());
  return { experiment: bench.experiment, data: await dataStage.read(bench.experiment) };
}

/** The same as if nobody had read validation's cold items. */
function withoutColdOnes(data: PreparedData): PreparedData {
  const { train } = data.trainView;
  assert.ok(train.columns.length < data.shown.columns.length);
  return { ...data, shown: train, usersOf: transposed(train), histories: historiesOf(data.positives, train) };
}
