// Expected values: plain loops in 64 bits below. Through whole models, PyTorch's: gradients.test.ts.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Lanes, matrixOf, prngOf, randomNormal, vectorLanes } from "reclm/core";
import { denseBackward, denseForward, Kernels } from "reclm/recommenders";

/** A layer's outputs and gradients by the kernels. */
function byKernels(n: number, k: number, h: number, rows: number, lanes: Lanes) {
  const prng = prngOf(6, "dense");
  const noise = (count: number): Float32Array => Float32Array.from({ length: count }, () => randomNormal(prng));
  const kernels = new Kernels();
  const tensor = (r: number, c: number) => kernels.tensor(r, c, matrixOf(r, c, noise(r * c)));
  const x = matrixOf(n, k, noise(n * k));
  const [weight, bias, y, dY, dWeight, dBias] = [
    tensor(k, h),
    tensor(1, h),
    tensor(n, h),
    tensor(n, h),
    tensor(k, h),
    tensor(1, h),
  ] as const;
  const before = [y, dWeight, dBias].map(({ data }) => data.slice());
  denseForward({ x, rows, lanes }, weight, bias, y);
  denseBackward({ x, rows, lanes }, dY, dWeight, dBias);
  return { x, weight, bias, y, dY, dWeight, dBias, before };
}

const sizes = [
  [1, 1, 1, 1],
  [50, 9, 32, 50],
  [131, 70, 33, 97],
  [2000, 768, 32, 2000],
] as const;

for (const lanes of vectorLanes()) {
  test(`layers over large inputs equal plain loops, by vectors of ${lanes}`, () => {
    for (const [n, k, h, rows] of sizes) {
      const { x, weight, bias, y, dY, dWeight, dBias, before } = byKernels(n, k, h, rows, lanes);
      // Rounding grows with what is added up.
      const near = (value: number, expected: number, size: number, place: string): void => {
        const bound = 1e-6 * (1 + size);
        assert.ok(Math.abs(value - expected) < bound, `${place} of ${[n, k, h]}: ${value}, ${expected}`);
      };
      const [weights, sums] = [dWeight.data, y.data];
      for (let c = 0; c < h; c++) {
        for (let r = 0; r < n; r++) {
          let [sum, size] = [bias.data[c]!, 0];
          for (let i = 0; i < k; i++) {
            const term = x.data[r * k + i]! * weight.data[i * h + c]!;
            sum += term;
            size += Math.abs(term);
          }
          // Rows past the first ones stay as they were.
          near(sums[r * h + c]!, r < rows ? Math.max(0, sum) : before[0]![r * h + c]!, size, `Y ${r}, ${c}`);
        }
        let total = before[2]![c]!;
        for (let r = 0; r < rows; r++) total += dY.data[r * h + c]!;
        near(dBias.data[c]!, total, rows, `dB ${c}`);
      }
      for (let i = 0; i < k; i += Math.ceil(k / 20)) {
        for (let c = 0; c < h; c++) {
          let [sum, size] = [before[1]![i * h + c]!, 0];
          for (let r = 0; r < rows; r++) {
            const term = x.data[r * k + i]! * dY.data[r * h + c]!;
            sum += term;
            size += Math.abs(term);
          }
          near(weights[i * h + c]!, sum, size, `dW ${i}, ${c}`);
        }
      }
    }
  });
}

test("what does not fit is refused before anything is read", () => {
  const kernels = new Kernels();
  const x = matrixOf(4, 3);
  const [weight, bias, y] = [kernels.tensor(3, 2), kernels.tensor(1, 2), kernels.tensor(4, 2)];
  const rows = 5;
  assert.throws(
    () => denseForward({ x, rows }, weight, bias, y),
    /Cannot run a native kernel: x is not a Float32Array of 15 numbers or more/,
  );
  assert.throws(() => denseBackward({ x, rows: 0 }, y, weight, bias), /n is not a count of 1 or more/);
});
