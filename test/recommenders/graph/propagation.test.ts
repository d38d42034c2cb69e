// Expected values: test/reference/recommenders/propagation_scipy.py (scipy.sparse, numpy).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { csrOfPairs, matrixOf } from "reclm/core";
import { neighboursOf } from "reclm/data";
import {
  bipartiteGraph,
  dotProducts,
  dotScorer,
  Kernels,
  mostSimilarUsers,
  Propagation,
  withoutPairs,
} from "reclm/recommenders";

interface Reference {
  readonly users: number;
  readonly items: number;
  readonly width: number;
  readonly pairs: readonly (readonly [number, number])[];
  readonly nodes: readonly number[];
  readonly sums: Readonly<Record<string, readonly number[]>>;
  readonly vectors: readonly number[];
  readonly neighbours: readonly (readonly number[])[];
  readonly cosine: readonly number[];
}

const file = join(__dirname, "../../../../test/reference/recommenders/propagation_scipy.json");
const reference = JSON.parse(readFileSync(file, "utf8")) as Reference;
const { users, items, width, nodes } = reference;
const train = csrOfPairs(
  users,
  items,
  reference.pairs.map(([u]) => u),
  reference.pairs.map(([, i]) => i),
);

for (const [layers, expected] of Object.entries(reference.sums)) {
  test(`the sum of layers 0..${layers} equals scipy's products`, () => {
    // Items in reverse, so that a mix-up of items and their rows shows.
    const rowOfItem = Int32Array.from({ length: items }, (_, item) => items - 1 - item);
    const kernels = new Kernels();
    const graph = bipartiteGraph(train, rowOfItem, items);
    const propagation = new Propagation(kernels, graph, Number(layers), width);
    const userNodes = kernels.tensor(users, width);
    userNodes.data.set(nodes.slice(0, users * width));
    const itemNodes = kernels.tensor(items, width);
    rowOfItem.forEach((row, item) => {
      const from = (users + item) * width;
      itemNodes.data.set(nodes.slice(from, from + width), row * width);
    });
    propagation.forward(userNodes, itemNodes);
    const data = propagation.output.data;
    expected.forEach((value, n) => assert.ok(Math.abs(data[n]! - value) < 1e-5, `${n}: ${data[n]}, not ${value}`));
  });
}

test("a pair of an item that is not trained is refused", () => {
  const everyItem = Int32Array.from({ length: items }, (_, item) => item);
  assert.throws(() => bipartiteGraph(train, everyItem, 3), /not trained/);
});

test("neighbours equal numpy's ranking, users alike in index order", async () => {
  const vectors = matrixOf(30, 4, Float32Array.from(reference.vectors));
  const found = await mostSimilarUsers(vectors, 5);
  for (let u = 0; u < 30; u++) {
    assert.deepEqual(neighboursOf(found, u), reference.neighbours[u], `user ${u}`);
    const nearest = found.users[u * 5]!;
    assert.ok(Math.abs(found.scores[u * 5]! - reference.cosine[u * 30 + nearest]!) < 2e-6);
  }
  assert.deepEqual(neighboursOf(found, 12).slice(0, 2), [3, 20]);
  assert.deepEqual((await mostSimilarUsers(vectors, 5)).users, found.users);
});

test("limits of neighbours: fewer users than k, one user, more than a block", async () => {
  const two = await mostSimilarUsers(matrixOf(2, 4, Float32Array.of(1, 0, 0, 0, 0, 1, 0, 0)), 3);
  assert.deepEqual([...two.users], [1, -1, -1, 0, -1, -1]);
  assert.deepEqual([...(await mostSimilarUsers(matrixOf(1, 4), 1)).users], [-1]);
  const many = await mostSimilarUsers(matrixOf(150, 4, new Float32Array(600).fill(1)), 2);
  for (let u = 0; u < 150; u++) {
    assert.deepEqual(neighboursOf(many, u), [0, 1, 2].filter((other) => other !== u).slice(0, 2));
  }
  await assert.rejects(mostSimilarUsers(matrixOf(2, 4), 0), RangeError);
});

test("pairs are removed, and only pairs that are there", () => {
  const small = csrOfPairs(2, 3, [0, 0, 1], [0, 2, 1]);
  assert.deepEqual([...withoutPairs(small, [0], [2]).columns], [0, 1]);
  assert.throws(() => withoutPairs(small, [1], [2]), /not a training pair/);
});

test("products of all sizes equal a plain loop", () => {
  for (const [n, k, m] of [
    [1, 1, 1],
    [3, 5, 2],
    [4, 4, 8],
    [5, 7, 13],
    [9, 32, 70],
  ] as const) {
    // prettier-ignore
    const a = matrixOf(n, k, Float32Array.from({ length: n * k }, (_, x) => Math.fround(Math.sin(x))));
    const b = matrixOf(
      m,
      k,
      Float32Array.from({ length: m * k }, (_, x) => Math.fround(Math.cos(3 * x))),
    );
    const product = dotProducts(a, b);
    for (let r = 0; r < n; r++) {
      for (let c = 0; c < m; c++) {
        let sum = 0;
        for (let t = 0; t < k; t++) sum += a.data[r * k + t]! * b.data[c * k + t]!;
        assert.ok(Math.abs(product.data[r * m + c]! - sum) < 1e-5);
      }
    }
  }
  const unequal = /Cannot multiply rows of 4 by rows of 5 numbers/;
  assert.throws(() => dotProducts(matrixOf(1, 4), matrixOf(1, 5)), unequal);
  const scorer = dotScorer(matrixOf(1, 4), matrixOf(1, 5));
  assert.throws(() => scorer.scores(Int32Array.of(0), Int32Array.of(0)), unequal);
  assert.throws(() => scorer.best!(Int32Array.of(0), Int32Array.of(0), 1, [Int32Array.of()]), unequal);
});
