import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { matrixOf, prngOf } from "reclm/core";
import {
  deviceTensorCount,
  evaluateLoss,
  initialAdapter,
  loadLanguageModel,
  logits,
  lossAndGradients,
  tokenLogProbs,
  type Adapter,
  type LanguageModel,
  type LoraConfig,
  type TokenisedDialogue,
} from "reclm/llm";
import { uniform } from "../support/noise";
import { noiseAdapter } from "../support/peft";
import { tiny, writeTinyLlama } from "../support/tinyLlama";

const lora: LoraConfig = { rank: 4, alpha: 8, dropout: 0, targets: ["attn_q", "attn_v"] };
const shape = { rank: 4, alpha: 8, scaleB: 0.3 };

let folder: string;
let path: string;
let model: LanguageModel;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "reclm-"));
  path = join(folder, "tiny.gguf");
  await writeTinyLlama(path);
  model = await loadLanguageModel(path);
});

after(() => {
  model.dispose();
  rmSync(folder, { recursive: true });
});

function dialogue(seed: number, length: number): TokenisedDialogue {
  const ids = Int32Array.from(uniform(seed, length), (u) => Math.floor(u * tiny.vocabulary));
  return { ids, mask: Uint8Array.from(ids, (_, t) => (t > length / 2 ? 1 : 0)) };
}

async function allLogits(of: LanguageModel, adapter: Adapter | undefined, seed = 7): Promise<Float32Array> {
  return (await logits(of, adapter, [dialogue(seed, 40)]))[0]!;
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  assert.equal(a.length, b.length);
  return a.reduce((max, value, i) => Math.max(max, Math.abs(value - b[i]!)), 0);
}

test("initialAdapter(): A is uniform in +-1/sqrt(in), B is zero, and outputs do not change", async () => {
  const adapter = initialAdapter(model.config, lora, prngOf(1, "adapter"));
  assert.deepEqual([...adapter.pairs.keys()].slice(0, 2), ["blk.0.attn_q.weight", "blk.0.attn_v.weight"]);
  const values = [...adapter.pairs.values()].flatMap(({ a }) => [...a.data]);
  const bound = 1 / Math.sqrt(32);
  assert.ok(values.every((value) => Math.abs(value) <= bound));
  const variance = values.reduce((sum, value) => sum + value ** 2, 0) / values.length;
  assert.ok(Math.abs(variance / (bound ** 2 / 3) - 1) < 0.15, `variance ${variance}`);
  assert.deepEqual(await allLogits(model, adapter), await allLogits(model, undefined));
});

test("an adapter folded into the weights equals the adapter beside them, also under a further one", async () => {
  const first = noiseAdapter(model, ["attn_q", "attn_v", "ffn_down"], shape);
  const folded = await loadLanguageModel(path, { adapters: [first] });
  const beside = await allLogits(model, first);
  assert.ok(largestDifference(await allLogits(folded, undefined), beside) < 1e-4);
  assert.ok(largestDifference(await allLogits(model, undefined), beside) > 0.1);
  const second = noiseAdapter(model, ["attn_k", "ffn_up"], { ...shape, scaleB: 0.2 });
  const both: Adapter = { config: first.config, pairs: new Map([...first.pairs, ...second.pairs]) };
  assert.ok(largestDifference(await allLogits(folded, second), await allLogits(model, both)) < 1e-4);
  assert.notEqual(folded.weights.sha256, model.weights.sha256);
  folded.dispose();
});

test("a step changes neither the base model nor the adapter it is given", async () => {
  const adapter = noiseAdapter(model, lora.targets, shape);
  const before = [await allLogits(model, undefined), await allLogits(model, adapter)];
  await lossAndGradients(model, adapter, [dialogue(3, 30)]);
  assert.deepEqual([await allLogits(model, undefined), await allLogits(model, adapter)], before);
});

test("dropout keeps the expected gradient, varies as p / (1 - p), and is the same for the same seed", async () => {
  const adapter = initialAdapter(model.config, lora, prngOf(2, "adapter"));
  const dialogues = [dialogue(8, 12)];
  const gradientOfB = async (dropout: number, seed: number) => {
    const dropped = { ...adapter, config: { ...lora, dropout } };
    const { gradients } = await lossAndGradients(model, dropped, dialogues, { dropoutPrng: prngOf(seed, "dropout") });
    return gradients.get("blk.2.attn_v.weight")!.b.data;
  };
  // B is 0, so the forward pass does not depend on what is dropped, and dB is linear in the dropped input.
  const whole = await gradientOfB(0, 0);
  const norm = Math.hypot(...whole);
  const spread = async (dropout: number) => {
    const runs = 120;
    const mean = new Float64Array(whole.length);
    let squares = 0;
    for (let seed = 0; seed < runs; seed++) {
      (await gradientOfB(dropout, seed)).forEach((value, i) => {
        mean[i]! += value / runs;
        squares += (value - whole[i]!) ** 2 / runs;
      });
    }
    const error = Math.hypot(...mean.map((value, i) => value - whole[i]!));
    assert.ok(error < (3 * Math.sqrt(squares)) / Math.sqrt(runs), `mean is off by ${error / norm}`);
    return squares;
  };
  const ratio = (await spread(0.1)) / (await spread(0.5));
  assert.ok(Math.abs(ratio / (0.1 / 0.9) - 1) < 0.25, `variance ratio ${ratio}, not ${0.1 / 0.9}`);
  assert.deepEqual(await gradientOfB(0.5, 9), await gradientOfB(0.5, 9));
  assert.notDeepEqual(await gradientOfB(0.5, 9), await gradientOfB(0.5, 10));
});

test("under dropout the gradient is that of the loss that was taken (central differences, recomputed or not)", async () => {
  const plain = noiseAdapter(model, lora.targets, shape);
  const adapter: Adapter = { ...plain, config: { ...plain.config, dropout: 0.3 } };
  const dialogues = [dialogue(21, 25), dialogue(22, 9)];
  const run = (of: Adapter, recompute = false) =>
    lossAndGradients(model, of, dialogues, { dropoutPrng: prngOf(4, "dropout"), recompute });
  const { gradients } = await run(adapter);
  assert.deepEqual((await run(adapter, true)).gradients, gradients);
  for (const name of ["blk.0.attn_q.weight", "blk.1.attn_v.weight"]) {
    for (const half of ["a", "b"] as const) {
      const matrix = adapter.pairs.get(name)![half];
      const direction = gradients.get(name)![half].data;
      const norm = Math.hypot(...direction);
      const moved = (by: number): Adapter => {
        const data = matrix.data.map((value, i) => value + (by * direction[i]!) / norm);
        const pair = { ...adapter.pairs.get(name)!, [half]: matrixOf(matrix.rows, matrix.cols, data) };
        return { ...adapter, pairs: new Map([...adapter.pairs, [name, pair]]) };
      };
      const slope = ((await run(moved(5e-3))).loss - (await run(moved(-5e-3))).loss) / 1e-2;
      assert.ok(Math.abs(slope / norm - 1) < 0.02, `${name}.${half}: slope ${slope}, gradient ${norm}`);
    }
  }
});

test("tokenLogProbs() is the log-softmax of the logits over the temperature; evaluateLoss() is minus its mean", async () => {
  const adapter = noiseAdapter(model, lora.targets, shape);
  const dialogues = [dialogue(31, 20), dialogue(32, 33), dialogue(33, 4)];
  const all = await logits(model, adapter, dialogues);
  const scored = await tokenLogProbs(model, adapter, dialogues, { temperature: 0.7 });
  dialogues.forEach(({ ids, mask }, d) => {
    const positions = [...ids.keys()].filter((t) => mask[t] === 1);
    assert.equal(scored[d]!.length, positions.length);
    positions.forEach((t, k) => {
      const row = Array.from(all[d]!.subarray((t - 1) * tiny.vocabulary, t * tiny.vocabulary), (value) => value / 0.7);
      const expected = row[ids[t]!]! - Math.log(row.reduce((sum, value) => sum + Math.exp(value), 0));
      assert.ok(Math.abs(scored[d]![k]! - expected) < 1e-4);
    });
  });
  const cold = (await tokenLogProbs(model, adapter, dialogues)).flatMap((values) => [...values]);
  const { loss, supervisedTokens } = await evaluateLoss(model, adapter, dialogues, { batch: 2 });
  assert.equal(supervisedTokens, cold.length);
  assert.ok(Math.abs(loss + cold.reduce((sum, value) => sum + value, 0) / cold.length) < 1e-5);
});

test("200 steps, aborted passes and evaluation leave no tensor behind", async () => {
  const adapter: Adapter = { ...noiseAdapter(model, lora.targets, shape), config: { ...lora, dropout: 0.1 } };
  const count = deviceTensorCount();
  for (let step = 0; step < 200; step++) {
    const dialogues = [dialogue(step, 5 + (step % 30)), dialogue(step + 1, 140 + (step % 3))].slice(0, 1 + (step % 2));
    const options = { dropoutPrng: prngOf(5, step), recompute: step % 3 === 0 };
    await lossAndGradients(model, adapter, dialogues, options);
    assert.equal(deviceTensorCount(), count);
  }
  for (const turns of [0, 1, 3, 4, 6, 9]) {
    const controller = new AbortController();
    const pass = lossAndGradients(model, adapter, [dialogue(1, 20)], { signal: controller.signal });
    const stop = (left: number) => (left === 0 ? controller.abort(new Error("stop")) : setImmediate(stop, left - 1));
    stop(turns);
    if (turns < 7) await assert.rejects(pass, /stop/);
    else await pass.catch(() => undefined);
    assert.equal(deviceTensorCount(), count, `after an abort at turn ${turns}`);
  }
  await evaluateLoss(model, undefined, [dialogue(2, 30)]);
  assert.equal(deviceTensorCount(), count);
});

test("a disposed model leaves nothing on the device", async () => {
  const count = deviceTensorCount();
  const other = await loadLanguageModel(path);
  assert.ok(deviceTensorCount() > count);
  other.dispose();
  assert.equal(deviceTensorCount(), count);
});

test("what cannot be computed says why", async () => {
  const adapter = initialAdapter(model.config, lora, prngOf(3, "adapter"));
  const one = (ids: number[], mask: number[]) => [{ ids: Int32Array.from(ids), mask: Uint8Array.from(mask) }];
  const loss = (dialogues: readonly TokenisedDialogue[]) => lossAndGradients(model, adapter, dialogues);
  await assert.rejects(loss([]), /holds no dialogue/);
  await assert.rejects(loss(one([1, 2], [0, 0])), /dialogue 0: none of its tokens after the first is supervised/);
  await assert.rejects(loss(one([1], [1])), /none of its tokens/);
  await assert.rejects(loss(one([1, 97], [0, 1])), /token 97 at position 1 is not below 97/);
  await assert.rejects(loss(one([1, 2], [1])), /2 ids and 1 mask/);
  await assert.rejects(loss([dialogue(1, 1025)]), /1025 tokens exceed the context of 1024/);
  await assert.rejects(tokenLogProbs(model, adapter, [dialogue(1, 9)], { temperature: 0 }), /temperature 0/);
  await assert.rejects(logits(model, adapter, [dialogue(1, 9)], { positions: [[9]] }), /position 9/);
  const stray: Adapter = { config: lora, pairs: new Map([["blk.3.attn_q.weight", [...adapter.pairs.values()][0]!]]) };
  await assert.rejects(lossAndGradients(model, stray, [dialogue(1, 9)]), /no such linear layer/);
  await assert.rejects(loadLanguageModel(path, { adapters: [stray] }), /no such linear layer/);
  assert.throws(() => initialAdapter(model.config, { ...lora, rank: 0 }, prngOf(1)), /rank 0/);
  assert.throws(() => initialAdapter(model.config, { ...lora, dropout: 1 }, prngOf(1)), /dropout of 1/);
  const least = await loss(one([1, 2], [0, 1]));
  assert.equal(least.supervisedTokens, 1);
  assert.ok([...least.gradients.values()].every(({ a, b }) => [...a.data, ...b.data].every(Number.isFinite)));
});
