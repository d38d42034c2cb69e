// Expected values: test/reference/recommenders/recommenders_torch.py (PyTorch autograd, float64).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { csrOfPairs, type Matrix } from "reclm/core";
import {
  type Augment,
  biasMf,
  biasMfAutodiff,
  lightGcn,
  lightGcnAutodiff,
  type RecommenderDefinition,
  Training,
} from "reclm/recommenders";

interface Listed {
  readonly rows: number;
  readonly cols: number;
  readonly data: readonly number[];
}

interface Case {
  readonly model: "BiasMF" | "LightGCN";
  readonly augment: Augment;
  readonly loss: number;
  readonly gradients: Readonly<Record<string, readonly number[]>>;
  readonly adamLosses: readonly number[];
  readonly scores: readonly number[];
}

interface Reference {
  readonly userCount: number;
  readonly itemCount: number;
  readonly width: number;
  readonly nominal: number;
  readonly regularisation: number;
  readonly learningRate: number;
  readonly layers: number;
  readonly warmItems: readonly number[];
  readonly pairs: readonly (readonly [number, number])[];
  readonly batch: readonly (readonly [number, number, number])[];
  readonly features: Readonly<Record<"itemText" | "userProfiles" | "itemProfiles", Listed>>;
  readonly values: Readonly<Record<string, Listed>>;
  readonly cases: readonly Case[];
}

const path = join(__dirname, "../../../test/reference/recommenders/recommenders_torch.json");
const reference = JSON.parse(readFileSync(path, "utf8")) as Reference;

const matrix = ({ rows, cols, data }: Listed): Matrix => ({ rows, cols, data: Float32Array.from(data) });
const column = (values: readonly (readonly number[])[], c: number): Int32Array =>
  Int32Array.from(values, (row) => row[c]!);

function trainingOf(definition: RecommenderDefinition): Training {
  const { userCount, itemCount, width, regularisation, learningRate, features, pairs } = reference;
  const set = {
    userCount,
    itemCount,
    train: csrOfPairs(userCount, itemCount, column(pairs, 0), column(pairs, 1)),
    warmItems: Int32Array.from(reference.warmItems),
  };
  const known = {
    itemText: matrix(features.itemText),
    userProfiles: matrix(features.userProfiles),
    itemProfiles: matrix(features.itemProfiles),
  };
  const options = { seed: 1, batch: reference.nominal, learningRate, width, regularisation };
  const training = new Training(definition, set, known, options);
  for (const { name, value } of training.parameters.all) value.data.set(reference.values[name]!.data);
  return training;
}

const batch = {
  users: column(reference.batch, 0),
  positives: column(reference.batch, 1),
  negatives: column(reference.batch, 2),
};

function near(actual: number, expected: number, scale: number, what: string): void {
  assert.ok(Math.abs(actual - expected) <= 1e-4 * scale, `${what}: ${actual} instead of ${expected}`);
}

const forms = {
  kernels: { BiasMF: biasMf, LightGCN: (augment: Augment) => lightGcn(augment, reference.layers) },
  autodiff: { BiasMF: biasMfAutodiff, LightGCN: (augment: Augment) => lightGcnAutodiff(augment, reference.layers) },
} as const;

for (const form of ["kernels", "autodiff"] as const) {
  for (const expected of reference.cases) {
    const { model, augment } = expected;
    test(`${model} (${form}; user ${augment.user}, item ${augment.item}) equals PyTorch`, () => {
      const training = trainingOf(forms[form][model](augment));
      // The twin has no user bias: its penalty is the only trace that it leaves in the loss.
      const hasBias = training.parameters.all.some(({ name }) => name === "userBias");
      const bias = model === "BiasMF" && !hasBias ? reference.values["userBias"]!.data : [];
      let penalty = reference.regularisation * bias.reduce((sum, value) => sum + value * value, 0);
      for (const { value } of training.parameters.all) {
        for (const number of value.data) penalty += reference.regularisation * number * number;
      }
      near(training.batchLoss(batch) + penalty, expected.loss, expected.loss, "loss");

      const made = training.parameters.all.map(({ name }) => name);
      const wanted = Object.keys(expected.gradients).filter((name) => hasBias || name !== "userBias");
      assert.deepEqual([...made].sort(), wanted.sort());
      for (const { name, value, gradient } of training.parameters.all) {
        const torch = expected.gradients[name]!;
        const scale = Math.max(...torch.map(Math.abs));
        assert.ok(scale > 1e-3, `the reference gradient of ${name} is not zero`);
        const data = gradient.data;
        value.data.forEach((number, n) => {
          near(data[n]! + 2 * reference.regularisation * number, torch[n]!, scale, `gradient ${n} of ${name}`);
        });
      }

      const { users, scorer } = training.freeze();
      const everyone = Int32Array.from({ length: users.rows }, (_, u) => u);
      const everything = Int32Array.from({ length: reference.itemCount }, (_, i) => i);
      const largest = Math.max(...expected.scores.map(Math.abs));
      scorer
        .scores(everyone, everything)
        .data.forEach((score, n) => near(score, expected.scores[n]!, largest, `score ${n}`));
    });
  }
}

for (const expected of reference.cases) {
  const { model, augment } = expected;
  test(`${model} (user ${augment.user}, item ${augment.item}): losses of six Adam steps equal PyTorch's`, () => {
    const training = trainingOf(forms.kernels[model](augment));
    const losses = expected.adamLosses.map(() => training.step(batch));
    losses.forEach((loss, step) => near(loss, expected.adamLosses[step]!, expected.adamLosses[step]!, `step ${step}`));
    assert.ok(losses.at(-1)! < losses[0]! * 0.9);
  });
}
