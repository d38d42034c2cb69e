// Expected values: test/reference/recommenders/recommenders_torch.py (PyTorch autograd, float64).
import assert from "node:assert/strict";
import { test } from "node:test";
import { autodiffTwin, recommenders, type RecommenderDefinition, type Training } from "reclm/recommenders";
import { batchOf, type Case, definitionsOf, inRows, reference, trainingOf } from "./torchCases";

function near(actual: number, expected: number, scale: number, what: string): void {
  assert.ok(Math.abs(actual - expected) <= 1e-4 * scale, `${what}: ${actual} instead of ${expected}`);
}

const titleOf = ({ model, recipe, items, fusion, augment: { user, item } }: Case): string =>
  `${model}, ${recipe}, items by ${items}, fusion ${fusion}, user ${user}, item ${item}`;

/** What the optimiser adds to the loss of all parameters. */
function penaltyOf({ parameters, definition }: Training): number {
  if (definition.penalisesBatch) return 0;
  let squares = 0;
  for (const { value } of parameters.all) for (const number of value.data) squares += number * number;
  return reference.regularisation * squares;
}

function checkGradients({ parameters, definition }: Training, expected: Case): void {
  const made = parameters.all.map(({ name }) => name);
  assert.deepEqual([...made].sort(), Object.keys(expected.gradients).sort());
  const decay = definition.penalisesBatch ? 0 : 2 * reference.regularisation;
  for (const { name, value, gradient } of parameters.all) {
    const torch = inRows(name, expected.gradients[name]!.data, value.cols);
    const scale = Math.max(...torch.map(Math.abs));
    assert.ok(scale > 1e-4, `the reference gradient of ${name} is not zero`);
    const data = gradient.data;
    value.data.forEach((number, n) => near(data[n]! + decay * number, torch[n]!, scale, `gradient ${n} of ${name}`));
  }
}

function checkScores(training: Training, expected: Case): void {
  const { users, items, scorer } = training.freeze();
  const everyone = Int32Array.from({ length: users.rows }, (_, u) => u);
  const everything = Int32Array.from({ length: items.rows }, (_, i) => i);
  const largest = Math.max(...expected.scores.map(Math.abs));
  const scores = scorer.scores(everyone, everything).data;
  assert.equal(scores.length, expected.scores.length);
  scores.forEach((score, n) => near(score, expected.scores[n]!, largest, `score ${n}`));
}

for (const expected of reference.cases) {
  const forms: Readonly<Record<string, RecommenderDefinition>> = definitionsOf(expected);
  for (const [form, definition] of Object.entries(forms)) {
    test(`${titleOf(expected)} (${form}): loss, gradients and scores equal PyTorch's`, () => {
      const training = trainingOf(definition, expected);
      const loss = training.batchLoss(batchOf(expected)) + penaltyOf(training);
      near(loss, expected.loss, expected.loss, "loss");
      checkGradients(training, expected);
      checkScores(training, expected);
    });
  }

  test(`${titleOf(expected)}: losses of six Adam steps equal PyTorch's`, () => {
    const training = trainingOf(forms["kernels"]!, expected);
    const losses = expected.adamLosses.map(() => training.step(batchOf(expected)));
    losses.forEach((loss, step) => near(loss, expected.adamLosses[step]!, expected.adamLosses[step]!, `step ${step}`));
    assert.ok(losses.at(-1)! < losses[0]!);
  });
}

test("every recommender has its cases, and a twin of its name", () => {
  for (const name of Object.keys(recommenders) as (keyof typeof recommenders)[]) {
    assert.equal(reference.cases.filter(({ model }) => model === name).length, 13);
    const [kernels, twin] = [recommenders[name](), autodiffTwin(name)];
    assert.deepEqual([kernels.name, kernels.recipe, kernels.regularisation], [name, "reclm", twin.regularisation]);
  }
  const both = { user: true, item: true };
  assert.throws(() => recommenders.SGL(both, { recipe: "canonical", fusion: "gated" }), /one of the recipe "reclm"/);
  assert.throws(() => recommenders.NCF(undefined, { items: "id" }), /"reclm" makes them of texts/);
});
