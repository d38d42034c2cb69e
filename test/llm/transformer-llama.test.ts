import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
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
import { noiseAdapter } from "../support/peft";

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
