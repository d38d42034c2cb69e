import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import {
  loadLanguageModel,
  openGenerator,
  scoreTokens,
  tokenLogProbs,
  writeAdapterGguf,
  writeTinyModel,
} from "reclm/llm";
import { uniform } from "../support/noise";
import { dialoguesOf, noiseAdapter, readReference, type PeftCase } from "../support/peft";

test("with an exported adapter stack, llama.cpp's log-probabilities equal ours", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "reclm-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const modelPath = join(folder, "tiny.gguf");
  await writeTinyModel(modelPath, { seed: 3 });
  const base = await loadLanguageModel(modelPath);
  const ids = Int32Array.from(uniform(1, 60), (u) => Math.floor(u * base.config.vocabulary));
  const dialogue = { ids, mask: new Uint8Array(ids.length).fill(1) };
  const first = noiseAdapter(base, ["attn_q", "attn_v"], { rank: 4, alpha: 8, scaleB: 0.3 });
  const second = noiseAdapter(base, ["attn_k", "attn_output", "ffn_gate", "ffn_up", "ffn_down"], {
    rank: 3,
    alpha: 5,
    scaleB: 0.2,
  });
  const adapterPaths = [join(folder, "first.gguf"), join(folder, "second.gguf")];
  await writeAdapterGguf(adapterPaths[0]!, first, { architecture: base.config.architecture });
  await writeAdapterGguf(adapterPaths[1]!, second, { architecture: base.config.architecture });
  const folded = await loadLanguageModel(modelPath, { adapters: [first] });
  const [ours] = await tokenLogProbs(folded, second, [dialogue]);
  const [untuned] = await tokenLogProbs(base, undefined, [dialogue]);
  base.dispose();
  folded.dispose();
  const generator = await openGenerator({ modelPath, adapterPaths, contextTokens: 256, exact: true });
  const theirs = await scoreTokens(generator, ids);
  await generator.dispose();
  assert.equal(theirs.length, ours!.length);
  theirs.forEach((value, i) =>
    assert.ok(Math.abs(value - ours![i]!) < 1e-3, `token ${i + 1}: ${value}, not ${ours![i]}`),
  );
  assert.ok(
    theirs.some((value, i) => Math.abs(value - untuned![i]!) > 0.1),
    "the adapters matter",
  );
});

test("on the Q8_0 model llama.cpp, which rounds activations, stays near us with and without an adapter", async (t) => {
  const modelPath = join(process.cwd(), "data/models/SmolLM2-135M-Instruct.Q8_0.gguf");
  if (!existsSync(modelPath)) return t.skip("data/models/SmolLM2-135M-Instruct.Q8_0.gguf is not there: npm run setup");
  const folder = mkdtempSync(join(tmpdir(), "reclm-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const [dialogue] = dialoguesOf(readReference<PeftCase>("transformer_smollm2_64.json").dialogues);
  const { ids } = dialogue!;
  const whole = { ids, mask: new Uint8Array(ids.length).fill(1) };
  const model = await loadLanguageModel(modelPath);
  const adapter = noiseAdapter(model, ["attn_q", "attn_v"], { rank: 8, alpha: 16, scaleB: 0.02 });
  const adapterPath = join(folder, "adapter.gguf");
  await writeAdapterGguf(adapterPath, adapter, { architecture: model.config.architecture });
  const tuned = await tokenLogProbs(model, adapter, [whole]);
  const untuned = await tokenLogProbs(model, undefined, [whole]);
  model.dispose();
  for (const [name, adapterPaths, [ours]] of [
    ["with", [adapterPath], tuned] as const,
    ["without", [], untuned] as const,
  ]) {
    const generator = await openGenerator({ modelPath, adapterPaths, contextTokens: 256 });
    const differences = (await scoreTokens(generator, ids)).map((value, i) => Math.abs(value - ours![i]!));
    await generator.dispose();
    const mean = differences.reduce((sum, value) => sum + value, 0) / differences.length;
    t.diagnostic(`${name} an adapter: mean ${mean.toFixed(4)}, largest ${Math.max(...differences).toFixed(4)} nat`);
    assert.ok(mean < 0.2, `${name} an adapter: mean difference ${mean} nat`);
  }
});
