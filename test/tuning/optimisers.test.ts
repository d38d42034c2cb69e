import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import {
  AdamW,
  clipGlobalNorm,
  examplesOfStep,
  learningRateAt,
  stepsOf,
  type Schedule,
  type SftConfig,
} from "reclm/tuning";
import { noise } from "../support/noise";

// test/reference/tuning/optimisers.py: torch.optim.AdamW, clip_grad_norm_ and transformers' schedules.
const reference = JSON.parse(readFileSync(join(process.cwd(), "test/reference/tuning/optimisers.json"), "utf8")) as {
  readonly adamw: Record<"parameters" | "first" | "second", number[][]> & {
    readonly sizes: number[];
    readonly norms: number[];
  };
  readonly peak: number;
  readonly rates: Readonly<Record<string, readonly number[]>>;
};

function assertClose(found: ArrayLike<number>, expected: readonly number[], tolerance: number): void {
  assert.equal(found.length, expected.length);
  expected.forEach((value, i) => assert.ok(Math.abs(found[i]! - value) < tolerance, `${i}: ${found[i]}, not ${value}`));
}

test("AdamW and clipping equal torch's over six steps of changing rates", () => {
  const { sizes, norms, parameters, first, second } = reference.adamw;
  const values = sizes.map((size, i) => noise(50 + i, size, 1));
  const optimiser = new AdamW(values, { weightDecay: 0.1 });
  norms.forEach((norm, step) => {
    const gradients = sizes.map((size, i) => noise(100 + 10 * step + i, size, 0.3 * (step + 1)));
    assert.ok(Math.abs(clipGlobalNorm(gradients, 1.5) - norm) < 1e-6);
    optimiser.update(gradients, 0.01 * (step + 1));
  });
  sizes.forEach((_, i) => {
    assertClose(values[i]!, parameters[i]!, 1e-6);
    assertClose(optimiser.firstMoments[i]!, first[i]!, 1e-6);
    assertClose(optimiser.secondMoments[i]!, second[i]!, 1e-6);
  });
});

test("schedules with and without warm-up equal transformers'", () => {
  for (const [name, rates] of Object.entries(reference.rates)) {
    const [schedule, warmup] = name.split(" ") as [Schedule, string];
    assertClose(
      rates.map((_, step) => learningRateAt(schedule, reference.peak, step, 10, Number(warmup))),
      rates,
      1e-12,
    );
  }
});

test("clipGlobalNorm() leaves small and zero gradients alone and refuses a bound of 0", () => {
  const small = [Float32Array.of(0.3, 0), Float32Array.of(0.4)];
  assert.ok(Math.abs(clipGlobalNorm(small, 1) - 0.5) < 1e-7);
  assert.deepEqual(small, [Float32Array.of(0.3, 0), Float32Array.of(0.4)]);
  assert.equal(clipGlobalNorm([new Float32Array(3)], 1), 0);
  assert.throws(() => clipGlobalNorm(small, 0), RangeError);
});

test("AdamW refuses gradients that do not fit", () => {
  const optimiser = new AdamW([new Float32Array(2)], { weightDecay: 0 });
  assert.throws(() => optimiser.update([], 1), /1 parameters from 0 gradients/);
  assert.throws(() => optimiser.update([new Float32Array(3)], 1), /2 values, its gradient 3/);
});

test("examplesOfStep() shows every example once an epoch, in another order each epoch, the same for the same seed", () => {
  const seen = Array.from({ length: 7 }, (_, step) => examplesOfStep(7, 3, step, 5)).flat();
  for (const epoch of [0, 1, 2]) {
    assert.deepEqual(seen.slice(7 * epoch, 7 * epoch + 7).sort(), [0, 1, 2, 3, 4, 5, 6]);
  }
  assert.notDeepEqual(seen.slice(0, 7), seen.slice(7, 14));
  assert.deepEqual(examplesOfStep(7, 3, 4, 5), seen.slice(12, 15));
  assert.notDeepEqual(examplesOfStep(7, 7, 0, 6), seen.slice(0, 7));
  assert.deepEqual(examplesOfStep(1, 3, 0, 5), [0, 0, 0]);
  assert.throws(() => examplesOfStep(0, 1, 0, 5), RangeError);
});

test("stepsOf() rounds epochs up and names a field that makes no sense", () => {
  const config: SftConfig = {
    epochs: 2,
    batch: 2,
    accumulate: 2,
    learningRate: 1,
    schedule: "linear",
    warmupSteps: 0,
    weightDecay: 0,
    maxGradNorm: 1,
    lora: { rank: 1, alpha: 1, dropout: 0, targets: ["attn_q"] },
    checkpointEvery: 1,
  };
  assert.equal(stepsOf(config, 5), 3);
  assert.throws(() => stepsOf({ ...config, steps: 3 }, 5), /either steps or epochs/);
  assert.throws(() => stepsOf({ ...config, batch: 0 }, 5), /batch 0/);
  assert.throws(() => stepsOf({ ...config, learningRate: Number.NaN }, 5), /learningRate NaN/);
  assert.throws(() => stepsOf(config, 0), /0 steps/);
});
