import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import test from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { prngOf } from "reclm/core";
import { initialAdapter, loadLanguageModel, openGenerator, writeAdapterGguf, type Adapter } from "reclm/llm";
import { temporaryFolder, tinyModel } from "../support/tinyModel";

const lora = { rank: 4, alpha: 8, dropout: 0, targets: ["attn_q", "attn_v"] } as const;

test("a hundred policies, each an adapter file of a new name: each answers for itself, memory stays flat", async (t) => {
  const modelPath = await tinyModel(t, { seed: 1 });
  const folder = await temporaryFolder(t);
  const model = await loadLanguageModel(modelPath);
  t.after(() => model.dispose());
  const prompt = Int32Array.from({ length: 30 }, (_, k) => 40 + k);
  const collectGarbage = garbageCollector();
  const answers = new Set<string>();
  const rss: number[] = [];
  for (let step = 1; step <= 100; step++) {
    const path = join(folder, `step-${step}.gguf`);
    await writeAdapterGguf(path, noisy(initialAdapter(model.config, lora, prngOf(step, "adapter")), step), {
      architecture: "llama",
    });
    const generator = await openGenerator({ modelPath, adapterPaths: [path], sequences: 2, contextTokens: 64 });
    const sampling = { temperature: 1, topK: 0, topP: 1, minP: 0, maxTokens: 8 };
    const [answer] = await generator.answer([prompt], sampling, [5], { logProbs: true });
    answers.add([...answer!.logProbs!].join(" "));
    await generator.dispose();
    await rm(path);
    collectGarbage();
    rss.push(process.memoryUsage.rss() / 1e6);
  }
  assert.equal(answers.size, 100, "an adapter was read under an old name");
  const [early, late] = [Math.max(...rss.slice(15, 30)), Math.max(...rss.slice(-15))];
  assert.ok(late < early + 30, `resident memory grew from ${early} to ${late} MB over 70 updates`);
});

/** V8 puts off freeing what an update leaves, .5 MB of it: without this the heap's growth would hide the engine's. */
function garbageCollector(): () => void {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}

/** B is 0 in a fresh adapter: every policy would be the same. */
function noisy(adapter: Adapter, seed: number): Adapter {
  const prng = prngOf(seed, "noise");
  for (const { b } of adapter.pairs.values()) b.data.forEach((_, i) => (b.data[i] = prng() - 0.5));
  return adapter;
}
