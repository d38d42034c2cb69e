import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { loadLanguageModel, lossAndGradients } from "reclm/llm";
import { AdamW, clipGlobalNorm } from "reclm/tuning";
import { dialoguesOf, noiseAdapter, readReference, type PeftCase, type PeftSteps } from "../support/peft";

interface Reference extends PeftCase {
  readonly rank: number;
  readonly alpha: number;
  readonly scaleB: number;
  readonly adamw: PeftSteps;
}

const path = join(process.cwd(), "data/models/SmolLM2-135M-Instruct.Q4_1.gguf");

test("five AdamW steps of SmolLM2-135M have the losses of torch + PEFT", async (t) => {
  if (!existsSync(path)) return t.skip("data/models/SmolLM2-135M-Instruct.Q4_1.gguf is not there: npm run setup");
  const reference = readReference<Reference>("transformer_smollm2_64.json");
  const { losses, gradNorms, learningRate, weightDecay, maxGradNorm } = reference.adamw;
  const model = await loadLanguageModel(path);
  const adapter = noiseAdapter(model, reference.targets, reference);
  const optimiser = new AdamW(
    [...adapter.pairs.values()].flatMap(({ a, b }) => [a.data, b.data]),
    { weightDecay },
  );
  const dialogues = dialoguesOf(reference.dialogues);
  for (const [step, expected] of losses.entries()) {
    const { loss, gradients } = await lossAndGradients(model, adapter, dialogues);
    t.diagnostic(`step ${step}: ${loss} beside ${expected}`);
    assert.ok(Math.abs(loss - expected) < 1e-3, `step ${step}: ${loss}, not ${expected}`);
    const flat = [...adapter.pairs.keys()].flatMap((name) => [
      gradients.get(name)!.a.data,
      gradients.get(name)!.b.data,
    ]);
    assert.ok(Math.abs(clipGlobalNorm(flat, maxGradNorm) / gradNorms[step]! - 1) < 5e-3);
    optimiser.update(flat, learningRate);
  }
  model.dispose();
});
