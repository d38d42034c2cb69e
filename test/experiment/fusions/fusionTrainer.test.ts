import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { prngOf, seedOf } from "reclm/core";
import { dataStage, fusionTrainer, type Experiment, type FusionVectors, type VectorPair } from "reclm/experiment";
import { evaluate, historyMeanText } from "reclm/metrics";
import { chooseEpochs, recommenders, shuffledRows, trainForEpochs, type Features } from "reclm/recommenders";
import { encoderMissing, smokeBench } from "../smokeRun";

const skip = encoderMissing;

test("epochs are chosen with vectors of the cut, what is tested is trained with the others", { skip }, async (t) => {
  const experiment = await longer(t);
  const data = await dataStage.read(experiment);
  const { itemText, split, trainView, wholeSet, testView } = data;
  // Users' future gives itself away at once, others' future never: which of them is where shows in the epochs.
  const cut: VectorPair = { users: historyMeanText(split.validation, itemText), items: itemText };
  const users = shuffledRows(historyMeanText(split.test, itemText), prngOf(1, "dealt"));
  const whole: VectorPair = { users, items: itemText };
  const pairs = { whole, cut };
  const vectors: FusionVectors = { name: "of the test", full: pairs, compact: pairs };
  const found = await fusionTrainer(experiment, data, {})({ fusion: "gated", vectors }, 1);

  const { recommender, epochs, evaluateEvery, batch, learningRate } = experiment.preset.fusions;
  const definition = recommenders[recommender]({ user: true, item: true }, { fusion: "gated" });
  const options = { seed: seedOf(experiment.seed, "fusions", recommender, 1), batch, learningRate };
  const featuresOf = (pair: VectorPair): Features => ({
    itemText,
    userProfiles: pair.users,
    itemProfiles: pair.items,
  });
  const chosen = async (pair: VectorPair) =>
    (await chooseEpochs(definition, trainView, featuresOf(pair), { epochs, evaluateEvery }, options)).epochs;
  const byCut = await chosen(cut);
  assert.notDeepEqual(await chosen(whole), byCut, "the two choices can be told apart");
  const models = await trainForEpochs(definition, wholeSet, featuresOf(whole), byCut, options);
  for (const setting of ["fullShot", "zeroShot"] as const) {
    assert.deepEqual(found[setting].mean, evaluate(models[setting].scorer, testView[setting]).mean, setting);
  }
});

test("a head of all seeds is the head of each seed by itself", { skip }, async (t) => {
  const experiment = await longer(t);
  const data = await dataStage.read(experiment);
  const pair: VectorPair = { users: historyMeanText(data.shown, data.itemText), items: data.itemText };
  const pairs = { whole: pair, cut: pair };
  const job = { fusion: "late head", vectors: { name: "of the test", full: pairs, compact: pairs } } as const;
  const inARow = fusionTrainer(experiment, data, {});
  const both = [await inARow(job, 1), await inARow(job, 2)];
  const alone = await fusionTrainer(experiment, data, {})(job, 2);
  assert.deepEqual(both[1], alone);
  assert.notDeepEqual(both[0], both[1]);
});

/** The smoke run with epochs and steps enough for a choice. */
async function longer(t: TestContext): Promise<Experiment> {
  const { experiment, dispose } = await smokeBench();
  t.after(dispose);
  const { preset } = experiment;
  return {
    ...experiment,
    preset: { ...preset, fusions: { ...preset.fusions, epochs: 30, evaluateEvery: 1, batch: 64, learningRate: 0.03 } },
  };
}
