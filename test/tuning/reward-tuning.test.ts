import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { prngOf, randomInt, type ProgressState } from "reclm/core";
import { loadLanguageModel, type LanguageModel } from "reclm/llm";
import { tuneReward, type RewardConfig, type RewardJob, type RewardResult, type TokenisedPair } from "reclm/tuning";
import { writeTinyLlama } from "../support/tinyLlama";

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

/** Prompts of six random tokens; a chosen answer ends in token 7, a rejected one in token 9. */
const pairs: readonly TokenisedPair[] = Array.from({ length: 12 }, (_, k) => {
  const prng = prngOf(k, "pair");
  const prompt = Array.from({ length: 6 }, () => 20 + randomInt(prng, 30));
  return { chosen: Int32Array.from([...prompt, 7]), rejected: Int32Array.from([...prompt, 9, 9]), kind: "ending" };
});

const config: RewardConfig = {
  steps: 8,
  batch: 1,
  accumulate: 2,
  learningRate: 1e-2,
  schedule: "linear",
  warmupSteps: 1,
  weightDecay: 0,
  maxGradNorm: 1,
  lora: { rank: 4, alpha: 8, dropout: 0.1, targets: ["attn_q", "attn_v"] },
  evaluateEvery: 4,
  checkpointEvery: 2,
};

const jobIn = (name: string, changes: Partial<RewardJob> = {}): RewardJob => ({
  model,
  pairs: pairs.slice(0, 8),
  heldOut: pairs.slice(8),
  config,
  seed: 3,
  workFolder: join(folder, name),
  ...changes,
});

function numbersOf({ reward, steps, evaluations }: RewardResult) {
  const { adapter, head } = reward;
  return { pairs: adapter.pairs, head, steps: steps.map(({ seconds: _, ...rest }) => rest), evaluations };
}

test("tuneReward() learns to tell endings apart on pairs that it never saw", async () => {
  const { steps, evaluations } = await tuneReward(jobIn("learns", { config: { ...config, steps: 40 } }));
  assert.equal(steps.length, 40);
  assert.ok(evaluations.at(-1)!.loss < 0.5 * evaluations[0]!.loss);
  assert.deepEqual(evaluations.at(-1)!.kinds, { ending: { right: 4, n: 4 } });
});

test("a reward model aborted and resumed equals one that was never interrupted, bit for bit", async () => {
  const whole = await tuneReward(jobIn("whole"));
  const controller = new AbortController();
  const progress = ({ done }: ProgressState) => done === 5 && controller.abort(new Error("enough"));
  const job = jobIn("parts");
  await assert.rejects(tuneReward({ ...job, control: { progress, signal: controller.signal } }), /enough/);
  const seen: number[] = [];
  const resumed = await tuneReward({ ...job, control: { progress: ({ done }) => void seen.push(done) } });
  assert.deepEqual(seen, [6, 7, 8]);
  assert.deepEqual(numbersOf(resumed), numbersOf(whole));
});

test("pairs one at a time and accumulated are pairs together", async () => {
  const plain: RewardConfig = { ...config, steps: 3, lora: { ...config.lora, dropout: 0 } };
  const apart = await tuneReward(jobIn("apart", { config: plain }));
  const together = await tuneReward(jobIn("together", { config: { ...plain, batch: 2, accumulate: 1 } }));
  apart.steps.forEach(({ loss, gradNorm }, i) => {
    assert.ok(Math.abs(loss - together.steps[i]!.loss) < 1e-5);
    assert.ok(Math.abs(gradNorm / together.steps[i]!.gradNorm - 1) < 1e-4);
  });
});
