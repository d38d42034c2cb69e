// Expected values: test/reference/tuning/reward_step.py (torch, transformers, PEFT).
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { deviceTensorCount, loadLanguageModel, type LanguageModel, type LoraPair, type ScalarHead } from "reclm/llm";
import {
  adapterParameters,
  AdamW,
  clipGlobalNorm,
  rewardGradients,
  rewardParameters,
  scorePairs,
  type TokenisedPair,
} from "reclm/tuning";
import { matrixOf } from "reclm/core";
import { noise } from "../support/noise";
import { assertGradients, noiseAdapter, type PeftCase, type PeftSteps } from "../support/peft";
import { writeTinyLlama } from "../support/tinyLlama";

interface Expected extends PeftSteps {
  readonly pairs: readonly { readonly chosen: readonly number[]; readonly rejected: readonly number[] }[];
  readonly accuracies: readonly number[];
  readonly first: Pick<PeftCase, "gradients"> & {
    readonly chosen: readonly number[];
    readonly rejected: readonly number[];
    readonly headWeight: readonly number[];
    /** After AdamW, 32-bit floats in base64. */
    readonly weights: Readonly<Record<string, string>>;
  };
}

const expected = JSON.parse(
  readFileSync(join(process.cwd(), "test/reference/tuning/reward_step.json"), "utf8"),
) as Expected;
const pairs: readonly TokenisedPair[] = expected.pairs.map(({ chosen, rejected }) => ({
  chosen: Int32Array.from(chosen),
  rejected: Int32Array.from(rejected),
  kind: "noise",
}));

let folder: string;
let model: LanguageModel;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "reclm-"));
  await writeTinyLlama(join(folder, "tiny.gguf"));
  model = await loadLanguageModel(join(folder, "tiny.gguf"));
});

after(() => {
  model.dispose();
  rmSync(folder, { recursive: true });
});

/** The reference's weights before its first step. */
function initial() {
  const adapter = noiseAdapter(model, ["attn_q", "attn_v"], { rank: 4, alpha: 8, scaleB: 0.3 });
  const head: ScalarHead = { weight: noise(51, 32, 0.4), bias: noise(52, 1, 0.4) };
  return { adapter, head };
}

function floats(base64: string): Float32Array {
  return new Float32Array(Uint8Array.from(Buffer.from(base64, "base64")).buffer);
}

test("scorePairs() gives PyTorch's scores, whatever goes through the model together", async () => {
  const { adapter, head } = initial();
  const reward = { adapter, head, gain: 1, bias: 0, base: model.weights.sha256 };
  for (const tokensPerPass of [1, 60, 2048]) {
    const found = await scorePairs(model, reward, pairs, { tokensPerPass });
    found.forEach(({ chosen, rejected }, p) => {
      assert.ok(Math.abs(chosen - expected.first.chosen[p]!) < 1e-4, `chosen ${p}: ${chosen}`);
      assert.ok(Math.abs(rejected - expected.first.rejected[p]!) < 1e-4, `rejected ${p}: ${rejected}`);
    });
  }
});

test("rewardGradients(): loss, accuracy and gradients by adapter and head are PyTorch's, the bias's exactly 0", async () => {
  const { adapter, head } = initial();
  const names = [...rewardParameters(adapter, head).keys()];
  const held = deviceTensorCount();
  for (const recompute of [false, true]) {
    const found = await rewardGradients(model, adapter, head, pairs, { recompute });
    assert.ok(Math.abs(found.loss - expected.losses[0]!) < 1e-4);
    assert.ok(Math.abs(found.metrics.accuracy - expected.accuracies[0]!) < 1e-6);
    const byName = new Map(names.map((name, i) => [name, found.gradients[i]!]));
    const byPair = new Map<string, LoraPair>();
    for (const [name, { a, b }] of adapter.pairs) {
      byPair.set(name, {
        a: matrixOf(a.rows, a.cols, byName.get(`${name}.a`)),
        b: matrixOf(b.rows, b.cols, byName.get(`${name}.b`)),
      });
    }
    assertGradients(byPair, expected.first.gradients);
    const largest = Math.max(...expected.first.headWeight.map(Math.abs));
    byName.get("head.weight")!.forEach((value, i) => {
      assert.ok(Math.abs(value - expected.first.headWeight[i]!) < 1e-3 * largest, `head weight ${i}`);
    });
    assert.deepEqual(byName.get("head.bias"), Float32Array.of(0));
  }
  assert.equal(deviceTensorCount(), held);
});

test("one step changes every weight as torch's AdamW does, and five have its losses and norms", async () => {
  const { adapter, head } = initial();
  const parameters = rewardParameters(adapter, head);
  assert.equal(parameters.size, adapterParameters(adapter).size + 2);
  const optimiser = new AdamW([...parameters.values()], { weightDecay: expected.weightDecay });
  for (const [step, loss] of expected.losses.entries()) {
    const found = await rewardGradients(model, adapter, head, pairs);
    assert.ok(Math.abs(found.loss - loss) < 1e-4, `step ${step}: ${found.loss}, not ${loss}`);
    assert.ok(Math.abs(found.metrics.accuracy - expected.accuracies[step]!) < 1e-6);
    const norm = clipGlobalNorm(found.gradients, expected.maxGradNorm);
    assert.ok(Math.abs(norm / expected.gradNorms[step]! - 1) < 1e-3, `step ${step}: ${norm}`);
    optimiser.update(found.gradients, expected.learningRate);
    if (step > 0) continue;
    for (const [name, values] of parameters) {
      floats(expected.first.weights[name]!).forEach((value, i) => {
        // The first step moves each weight by about the learning rate: a hundredth of that.
        const error = Math.abs(values[i]! - value);
        assert.ok(error < 0.01 * expected.learningRate, `${name} ${i}: ${values[i]}, not ${value}`);
      });
    }
  }
});

test("identical answers and answers of one token have a loss of log 2 and finite gradients", async () => {
  const { adapter, head } = initial();
  const same = Int32Array.of(5, 6, 7);
  const one = Int32Array.of(9);
  for (const [chosen, rejected] of [
    [same, same],
    [one, one],
  ] as const) {
    const found = await rewardGradients(model, adapter, head, [{ chosen, rejected, kind: "same" }]);
    assert.ok(Math.abs(found.loss - Math.log(2)) < 1e-6);
    assert.equal(found.metrics.accuracy, 0, "a tie is not right");
    for (const values of found.gradients) values.forEach((value) => assert.ok(Math.abs(value) < 1e-5, `${value}`));
  }
  const short = await rewardGradients(model, adapter, head, [{ chosen: same, rejected: one, kind: "short" }]);
  assert.ok(short.gradients.every((values) => values.every(Number.isFinite)));
  assert.ok(short.gradients.some((values) => values.some((value) => value !== 0)));
});

test("a pair that the model cannot read is refused", async () => {
  const { adapter, head } = initial();
  const pair = (ids: Int32Array) => [{ chosen: Int32Array.of(1), rejected: ids, kind: "bad" }];
  await assert.rejects(rewardGradients(model, adapter, head, pair(new Int32Array(0))), RangeError);
  await assert.rejects(rewardGradients(model, adapter, head, pair(Int32Array.of(97))), /token 97/);
  await assert.rejects(rewardGradients(model, adapter, head, pair(new Int32Array(1025))), /exceed the context/);
});
