import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { prngOf } from "reclm/core";
import { bestScratch, Kernels, matrixFrom, type Tensor } from "reclm/recommenders";

// Sizes that fall into many parts and leave rests: rows are no multiple of four, columns none of eight.
const [n, k, m] = [1003, 76, 52] as const;
const prng = prngOf(1, "shared kernels");

function random(kernels: Kernels, rows: number, cols: number): Tensor {
  const data = Float32Array.from({ length: rows * cols }, () => 2 * prng() - 1);
  return kernels.tensor(rows, cols, { data, rows, cols });
}

const row = (tensor: Tensor, r: number): number => tensor.address + r * tensor.cols * 4;

test("threads share gemm, and give what single rows give", () => {
  const kernels = new Kernels();
  const [a, b, bias] = [random(kernels, n, k), random(kernels, k, m), random(kernels, 1, m)];
  const [whole, single] = [kernels.tensor(n, m), kernels.tensor(n, m)];
  kernels.run.gemm(a.address, b.address, whole.address, n, k, m, bias.address, 2);
  for (let r = 0; r < n; r++) kernels.run.gemm(row(a, r), b.address, row(single, r), 1, k, m, bias.address, 2);
  assert.deepEqual(matrixFrom(whole), matrixFrom(single));
});

test("threads share gemmTransposedA, and give what rows in their order give", () => {
  const kernels = new Kernels();
  const [a, d, whole] = [random(kernels, n, k), random(kernels, n, m), kernels.tensor(k, m)];
  kernels.run.gemmTransposedA(a.address, d.address, whole.address, n, k, m);
  const expected = new Float32Array(k * m);
  for (let r = 0; r < n; r++) {
    for (let i = 0; i < k; i++) {
      for (let j = 0; j < m; j++) {
        expected[i * m + j]! += Math.fround(a.data[r * k + i]! * d.data[r * m + j]!);
      }
    }
  }
  assert.deepEqual(whole.data.slice(), expected);
});

test("threads share spmm, with and without a list of rows", () => {
  const kernels = new Kernels();
  const rows = 9001;
  const others = 300;
  const starts = Int32Array.from({ length: rows + 1 }, (_, r) => 3 * r);
  const columns = Int32Array.from({ length: 3 * rows }, () => Math.floor(prng() * others));
  const [from, at] = [kernels.integers(starts), kernels.integers(columns)] as const;
  const [values, diagonal] = [random(kernels, 1, 3 * rows), random(kernels, 1, rows)];
  const [base, same, other] = [random(kernels, rows, m), random(kernels, rows, m), random(kernels, others, m)];
  const inputs = [from, at, values.address, diagonal.address, base.address, same.address, other.address] as const;
  const [whole, listed, single] = [kernels.tensor(rows, m), kernels.tensor(rows, m), kernels.tensor(rows, m)];
  const list = Int32Array.from({ length: rows }, (_, r) => rows - 1 - r);
  const places = kernels.integers(list);
  kernels.run.spmm(...inputs, whole.address, rows, m, 0);
  kernels.run.spmm(...inputs, listed.address, rows, m, places);
  for (let r = 0; r < rows; r++) kernels.run.spmm(...inputs, single.address, 1, m, places + 4 * r);
  assert.deepEqual(matrixFrom(whole), matrixFrom(single));
  assert.deepEqual(matrixFrom(listed), matrixFrom(single));
});

test("threads share adam: numbers as in small calls, the sum of squares too", () => {
  const count = 400_004;
  const kernels = new Kernels();
  const start = random(kernels, 4, count);
  const again = kernels.tensor(4, count, matrixFrom(start));
  for (const second of [start, again]) second.data.subarray(3 * count).forEach((x, i, own) => (own[i] = x * x));
  const places = (t: Tensor, from: number) => [0, 1, 2, 3].map((r) => row(t, r) + 4 * from);
  const step = (t: Tensor, from: number, size: number): number => {
    const [value, gradient, first, second] = places(t, from);
    return kernels.run.adam(value!, gradient!, first!, second!, size, 1e-2, 0.5, 0.9, 0.999, 1e-8, 1e-3);
  };
  const squares = step(start, 0, count);
  let sum = 0;
  for (let from = 0; from < count; from += 4) sum += step(again, from, 4);
  assert.deepEqual(matrixFrom(start), matrixFrom(again));
  assert.ok(Math.abs(squares / sum - 1) < 1e-12);
});

test("threads share bestColumns, and say where a score is none", () => {
  const kernels = new Kernels();
  const scores = random(kernels, n, 500);
  const [best, single] = [kernels.integers(n * 20), kernels.integers(n * 20)];
  const scratch = kernels.tensor(n, bestScratch(20)).address;
  assert.equal(kernels.run.bestColumns(scores.address, n, 500, 20, best, scratch), 0);
  for (let r = 0; r < n; r++) {
    kernels.run.bestColumns(row(scores, r), 1, 500, 20, single + 80 * r, scratch);
  }
  const of = (address: number): Int32Array => new Int32Array(kernels.run.memory.buffer, address, n * 20).slice();
  assert.deepEqual(of(best), of(single));
  scores.data[700 * 500 + 3] = NaN;
  assert.notEqual(kernels.run.bestColumns(scores.address, n, 500, 20, best, scratch), 0);
});

test("threads share addRectifiedSums", () => {
  const kernels = new Kernels();
  const [a, b] = [random(kernels, n, k), random(kernels, k, m)];
  const [whole, single] = [kernels.tensor(n, m), kernels.tensor(n, m)];
  kernels.run.addRectifiedSums(a.address, b.address, whole.address, n, k, m);
  for (let r = 0; r < n; r++) {
    kernels.run.addRectifiedSums(row(a, r), b.address, row(single, r), 1, k, m);
  }
  assert.deepEqual(matrixFrom(whole), matrixFrom(single));
});

test("a training has the same numbers on one thread and on two", () => {
  const trained = (threads: string): string => {
    const env = { ...process.env, TF_NUM_INTRAOP_THREADS: threads };
    return execFileSync(process.execPath, [join(__dirname, "../trainOnce.js")], { env, encoding: "utf8" });
  };
  const one = trained("1");
  assert.match(one, /^[0-9a-f]{64}\n$/);
  assert.equal(trained("2"), one);
});
