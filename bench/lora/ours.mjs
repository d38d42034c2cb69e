// One side of the LoRA bench: steps of this project.
import { initialAdapter, loadLanguageModel, lossAndGradients, writeAdapterGguf } from "reclm/llm";
import { AdamW, adapterGradients, adapterParameters } from "reclm/tuning";
import { prngOf } from "reclm/core";
import { createRequire } from "node:module";
import { serve } from "../serve.mjs";

const { model: path, lora, adapterPath, recompute, learningRate } = JSON.parse(process.argv.at(-1));
const model = await loadLanguageModel(path);
const adapter = initialAdapter(model.config, lora, prngOf(1, "bench", "adapter"));
await writeAdapterGguf(adapterPath, adapter, { architecture: model.config.architecture });
const optimiser = new AdamW([...adapterParameters(adapter).values()], { weightDecay: 0 });
const { TF_Version: tensorflow } = createRequire(import.meta.url)("@tensorflow/tfjs-node-gpu").backend().binding;

await serve({ versions: { tensorflow } }, async ({ dialogues }) => {
  const typed = dialogues.map(({ ids, mask }) => ({ ids: Int32Array.from(ids), mask: Uint8Array.from(mask) }));
  const began = performance.now();
  const { loss, gradients } = await lossAndGradients(model, adapter, typed, { recompute });
  optimiser.update(adapterGradients(adapter, gradients), learningRate);
  return { loss, seconds: (performance.now() - began) / 1000 };
});
