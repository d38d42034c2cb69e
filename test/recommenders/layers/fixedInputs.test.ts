// The kernels' and TensorFlow's way of the same layer; expected sums are taken in 64 bits here.
import assert from "node:assert/strict";
import { test } from "node:test";
import { csrOfPairs, matrixOf, prngOf, randomNormal } from "reclm/core";
import { biasMf, Training } from "reclm/recommenders";

/** A training whose users' profiles are wide enough for TensorFlow's way, or just not: the sizes differ by a block of zeros. */
function trainingOf(columns: number, used: number): Training {
  const users = 700;
  const prng = prngOf(1, "fixed inputs");
  const rows = (count: number, cols: number, filled: number): Float32Array =>
    Float32Array.from({ length: count * cols }, (_, at) => (at % cols < filled ? prng() - 0.5 : 0));
  const train = csrOfPairs(
    users,
    20,
    Array.from({ length: users }, (_, u) => u),
    Array.from({ length: users }, (_, u) => u % 20),
  );
  const features = {
    itemText: matrixOf(20, 8, rows(20, 8, 8)),
    userProfiles: matrixOf(users, columns, rows(users, columns, used)),
  };
  const set = { userCount: users, itemCount: 20, train, warmItems: Int32Array.from({ length: 20 }, (_, i) => i) };
  const options = { seed: 3, batch: 64, learningRate: 1e-3 };
  return new Training(biasMf({ user: true, item: false }), set, features, options);
}

test("a layer of large inputs has the loss and the gradients that the kernels give", () => {
  // 700 x 4,480 x 32 products are above the limit of 1e8, 700 x 4,456 x 32 below it.
  const [large, small] = [trainingOf(4_480, 64), trainingOf(4_456, 64)];
  const normal = prngOf(2, "weights");
  for (const { name, value } of small.parameters.all) {
    const other = large.parameters.get(name).value;
    other.data.fill(0);
    value.data.forEach((_, at) => (value.data[at] = randomNormal(normal) / 10));
    other.data.set(value.data);
  }
  const texts = [large, small].map(({ parameters }) => parameters.get("text.0.weight").value.data);
  assert.deepEqual(texts[0], texts[1]);
  const indices = (n: number, of: number): Int32Array => Int32Array.from({ length: n }, (_, at) => (at * 7) % of);
  const batch = { users: indices(64, 700), positives: indices(64, 20), negatives: indices(64, 19) };
  const [a, b] = [large.batchLoss(batch), small.batchLoss(batch)];
  assert.ok(Math.abs(a - b) < 1e-5 * b, `${a}, ${b}`);
  for (const { name, gradient } of small.parameters.all) {
    const other = large.parameters.get(name).gradient.data;
    const scale = gradient.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    gradient.data.forEach((value, at) => assert.ok(Math.abs(value - other[at]!) <= 1e-4 * scale, `${name} ${at}`));
  }
});
