// Sums of InfoNCE's denominators, noise and best columns, against plain loops in 64 bits; the ranking against
// test/reference/metrics/metrics_numpy.py (numpy, ties by lower item).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { csrOfPairs, type Lanes, matrixOf, prngOf, randomInt, randomNormal, vectorLanes } from "reclm/core";
import { evaluate, keepBest, rank } from "reclm/metrics";
import {
  directedDraw,
  dotScorer,
  exponentialSums,
  kernelNoise,
  Kernels,
  SoftmaxSums,
  type Tensor,
  tensorScorer,
  undirectedDraw,
} from "reclm/recommenders";

/** X [n, d] of unit rows, about. */
function unitRows(kernels: Kernels, rows: number, d: number, seed: string): Tensor {
  const prng = prngOf(4, seed);
  const tensor = kernels.tensor(rows, d);
  const data = tensor.data;
  for (let n = 0; n < data.length; n++) data[n] = randomNormal(prng) / Math.sqrt(d);
  return tensor;
}

function dotOf(a: Float32Array, b: Float32Array, d: number, i: number, j: number): number {
  let dot = 0;
  for (let c = 0; c < d; c++) dot += a[i * d + c]! * b[j * d + c]!;
  return dot;
}

test("sums over all nodes equal plain loops", () => {
  const [anchors, candidates, d, temperature] = [700, 900, 8, 0.1];
  const kernels = new Kernels();
  const [a, e] = [unitRows(kernels, anchors + 5, d, "a"), unitRows(kernels, candidates, d, "e")];
  const prng = prngOf(4, "weights");
  const weights = Float32Array.from({ length: anchors }, () => 1 + randomInt(prng, 3));
  const [z, means, dE] = [
    kernels.tensor(anchors + 5, 1),
    kernels.tensor(anchors + 5, d),
    kernels.tensor(candidates, d),
  ];
  dE.data.fill(1);
  const sums = new SoftmaxSums(kernels, anchors + 5, candidates, d);
  sums.run({ temperature, a, anchors, e, candidates, weights, z, means, dE });
  const gradient = new Float64Array(candidates * d).fill(1);
  for (let k = 0; k < anchors; k++) {
    const p = Float64Array.from({ length: candidates }, (_, m) =>
      Math.exp(dotOf(a.data, e.data, d, k, m) / temperature),
    );
    const sum = p.reduce((total, value) => total + value, 0);
    assert.ok(Math.abs(z.data[k]! / sum - 1) < 1e-5, `Z ${k}`);
    for (let c = 0; c < d; c++) {
      let mean = 0;
      for (let m = 0; m < candidates; m++) {
        mean += (p[m]! * e.data[m * d + c]!) / sum;
        gradient[m * d + c]! += (p[m]! * weights[k]! * a.data[k * d + c]!) / sum;
      }
      assert.ok(Math.abs(means.data[k * d + c]! - mean) < 1e-5, `mean ${k}, ${c}`);
    }
  }
  const largest = gradient.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  gradient.forEach((value, n) => assert.ok(Math.abs(dE.data[n]! - value) < 1e-5 * largest, `dE ${n}`));
});

test("exponential sums equal plain loops for each width of vectors, over and between the borders of tiles", () => {
  assert.equal(vectorLanes().at(-1), 4);
  for (const [n, m, d, temperature] of [
    [1, 1, 1, 0.5],
    [97, 257, 32, 0.1],
    [6, 600, 33, 0.2],
    [200, 31, 64, 0.1],
  ] as const) {
    const kernels = new Kernels();
    const [x, y, v] = [unitRows(kernels, n, d, "x"), unitRows(kernels, m, d, "y"), unitRows(kernels, m, d, "v")];
    for (const lanes of vectorLanes()) {
      const [out, sums] = [kernels.tensor(n, d), kernels.tensor(n, 1)];
      out.data.fill(2);
      const [left, right] = [
        { tensor: x, rows: n },
        { tensor: y, rows: m },
      ] as const;
      exponentialSums({ x: left, y: right, values: v, temperature, out, sums, lanes });
      for (let i = 0; i < n; i++) {
        const p = Array.from({ length: m }, (_, j) => Math.exp(dotOf(x.data, y.data, d, i, j) / temperature));
        const sum = p.reduce((total, value) => total + value, 0);
        assert.ok(Math.abs(sums.data[i]! / sum - 1) < 5e-6, `${lanes} lanes, sum ${i}`);
        for (let c = 0; c < d; c++) {
          const value = p.reduce((total, weight, j) => total + weight * v.data[j * d + c]!, 2);
          assert.ok(Math.abs(out.data[i * d + c]! - value) < 5e-6 * (sum + 2), `${lanes} lanes, out ${i}, ${c}`);
        }
      }
    }
  }
});

test("an exponential of 88 is finite, of 90 infinite, of -90 nothing; what does not fit is refused", () => {
  const kernels = new Kernels();
  const one = (value: number): Tensor => kernels.tensor(1, 1, matrixOf(1, 1, Float32Array.of(value)));
  const sumOf = (exponent: number, lanes: Lanes, out = one(0)): number => {
    const sums = one(0);
    const [x, y] = [
      { tensor: one(exponent), rows: 1 },
      { tensor: one(1), rows: 1 },
    ] as const;
    exponentialSums({ x, y, values: one(1), temperature: 1, out, sums, lanes });
    return sums.data[0]!;
  };
  for (const lanes of vectorLanes()) {
    for (const exponent of [-80, -1, 0, 1, 80, 88]) {
      assert.ok(Math.abs(sumOf(exponent, lanes) / Math.exp(exponent) - 1) < 1e-5, `${exponent}, ${lanes} lanes`);
    }
    assert.equal(sumOf(90, lanes), Infinity);
    assert.equal(sumOf(-90, lanes), 0);
  }
  const none = { ...one(0), data: new Float32Array(0) };
  assert.throws(() => sumOf(1, 4, none), /Cannot run a native kernel: out is not a Float32Array of 1 numbers or more/);
});

test("noise has length eps and the sign of what it is added to; zeros stay", () => {
  const kernels = new Kernels();
  const [rows, width, eps] = [500, 12, 0.1];
  const x = kernels.tensor(rows, width);
  const prng = prngOf(2, "x");
  const before = Float32Array.from(x.data, (_, n) => (n % 7 === 0 ? 0 : randomNormal(prng)));
  x.data.set(before);
  const noise = kernelNoise(kernels, width, eps, prngOf(3, "noise"));
  noise(x, 0, 1, "users");
  const steps = Array.from(x.data, (value, n) => value - before[n]!);
  before.forEach((value, n) => {
    assert.ok(value === 0 ? steps[n] === 0 : steps[n]! * value >= 0, `${value} by ${steps[n]}`);
  });
  const ones = kernels.tensor(rows, width);
  ones.data.fill(1);
  noise(ones, 0, 1, "users");
  const sizes = Array.from(ones.data, (value) => (value - 1) / eps);
  for (let r = 0; r < rows; r++) {
    assert.ok(Math.abs(Math.hypot(...sizes.slice(r * width, (r + 1) * width)) - 1) < 1e-4);
  }
  // Uniform numbers over the root of their squares' sum: the mean of a unit row's numbers is near sqrt(3) / 2 / sqrt(n).
  const mean = sizes.reduce((sum, value) => sum + value, 0) / sizes.length;
  assert.ok(Math.abs(mean - Math.sqrt(3) / 2 / Math.sqrt(width)) < 0.01, String(mean));
  assert.equal(new Set(sizes.map((value) => value.toFixed(6))).size > 0.9 * sizes.length, true);
});

test("views keep about the share they should, directed or in whole pairs", () => {
  const mask = directedDraw(prngOf(1, "e"), 0.5)(10000, 300, 200);
  for (const part of [mask.toUsers, mask.toItems]) {
    const kept = part.reduce((sum, one) => sum + one, 0);
    assert.ok(Math.abs(kept - 5000) < 250, String(kept));
  }
  assert.notDeepEqual(mask.toUsers, mask.toItems);
  const pairs = undirectedDraw(prngOf(1, "e"), 0.1)(1000, 30, 20);
  assert.equal(
    pairs.toUsers.reduce((sum, one) => sum + one, 0),
    900,
  );
  assert.deepEqual(pairs.toUsers, pairs.toItems);
  assert.ok(pairs.userLoops.every((one) => one === 0));
});

test("best columns in the kernels' memory are those of the plain insertion, with ties, masks and short rows", () => {
  const prng = prngOf(8, "scores");
  // Few levels make more ties at the bound than its candidates have room for, many leave them in order.
  for (const [rows, cols, k, levels] of [
    [20, 203, 40, 12],
    [3, 5, 8, 12],
    [4, 64, 1, 12],
    [30, 1999, 40, 1e6],
    [30, 1999, 40, 300],
    [30, 1999, 40, 3],
    [9, 1000, 7, 1e6],
    [9, 161, 40, 1e6],
    [5, 400, 1, 1e6],
  ] as const) {
    const table = Float32Array.from({ length: rows * cols }, () => randomInt(prng, levels) - 6);
    const scorer = tensorScorer((kernels) => kernels.tensor(rows, cols, matrixOf(rows, cols, table)));
    const hidden = Array.from({ length: rows }, () => Int32Array.from({ length: 3 }, () => randomInt(prng, cols)));
    const items = Int32Array.from({ length: cols }, (_, c) => 2 * c);
    const best = scorer.best!(
      Int32Array.from({ length: rows }, (_, r) => r),
      items,
      k,
      hidden,
    );
    for (let r = 0; r < rows; r++) {
      const skipped = new Uint8Array(cols);
      for (const column of hidden[r]!) skipped[column] = 1;
      const expected = new Int32Array(k).fill(-1);
      keepBest(table.subarray(r * cols, (r + 1) * cols), skipped, items, expected, new Float32Array(k));
      assert.deepEqual(best.subarray(r * k, (r + 1) * k), expected);
    }
  }
  for (const [cols, bad] of [
    [4, 2],
    [300, 0],
    [300, 150],
    [303, 302],
  ] as const) {
    const table = Float32Array.from({ length: cols }, (_, c) => (c === bad ? NaN : -c));
    const broken = tensorScorer((kernels) => kernels.tensor(1, cols, matrixOf(1, cols, table)));
    const items = Int32Array.from({ length: cols }, (_, c) => c + 5);
    const best = (): Int32Array => broken.best!(Int32Array.of(0), items, 2, [new Int32Array()]);
    assert.throws(best, new RegExp(`item ${bad + 5}: its score is NaN`));
  }
});

test("rankings of inner products equal numpy's: users as unit vectors, so that scores are the table's", () => {
  const file = join(__dirname, "../../../../test/reference/metrics/metrics_numpy.json");
  const { ranking } = JSON.parse(readFileSync(file, "utf8")) as {
    readonly ranking: {
      readonly users: number;
      readonly items: number;
      readonly scores: readonly number[];
      readonly candidates: readonly number[];
      readonly positives: readonly (readonly [number, number])[];
      readonly masked: readonly (readonly [number, number])[];
      readonly rankedUsers: readonly number[];
      readonly ranked: readonly (readonly number[])[];
      readonly values: Readonly<Record<"recall20" | "ndcg40", readonly number[]>>;
    };
  };
  const { users, items } = ranking;
  const width = Math.ceil(users / 4) * 4;
  const [own, theirs] = [matrixOf(users, width), matrixOf(items, width)];
  for (let u = 0; u < users; u++) own.data[u * width + u] = 1;
  ranking.scores.forEach((score, n) => (theirs.data[(n % items) * width + Math.floor(n / items)] = score));
  const csr = (pairs: readonly (readonly [number, number])[]) =>
    csrOfPairs(
      users,
      items,
      pairs.map(([u]) => u),
      pairs.map(([, i]) => i),
    );
  const evaluation = {
    positives: csr(ranking.positives),
    masked: csr(ranking.masked),
    candidates: Int32Array.from(ranking.candidates),
  };
  const scorer = dotScorer(own, theirs);
  const found = rank(scorer, evaluation, 40);
  assert.deepEqual([...found.users], ranking.rankedUsers);
  ranking.ranked.forEach((expected, row) =>
    assert.deepEqual([...found.items.subarray(row * 40, (row + 1) * 40)], expected),
  );
  const { perUser } = evaluate(scorer, evaluation);
  for (const metric of ["recall20", "ndcg40"] as const) {
    ranking.values[metric].forEach((value, row) => assert.ok(Math.abs(perUser[metric][row]! - value) < 1e-6));
  }
});
