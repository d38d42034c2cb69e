// The PPO bench's process: one step of a real run for each request.
import { createRequire } from "node:module";
import { join } from "node:path";
import { prngOf } from "reclm/core";
import { initialAdapter, loadLanguageModel, openGenerator, writeAdapterGguf } from "reclm/llm";
import { ppoDefaults, runPpo, scoreSequences } from "reclm/tuning";
import { serve } from "../serve.mjs";
import { commonLength, profilePrompts } from "../texts.mjs";

const settings = JSON.parse(process.argv.at(-1));
const { model: modelPath, workFolder, responses, microBatch, threads, steps } = settings;
const model = await loadLanguageModel(modelPath);
const prompts = await profilePrompts(modelPath, responses, settings.promptTokens, 1);
const { TF_Version: tensorflow } = createRequire(import.meta.url)("@tensorflow/tfjs-node-gpu").backend().binding;
const config = {
  ...ppoDefaults,
  steps,
  batch: responses,
  miniBatch: responses,
  microBatch,
  sampling: { ...ppoDefaults.sampling, maxTokens: settings.maxTokens },
};
const reward = {
  adapter: initialAdapter(model.config, ppoDefaults.lora, prngOf(1, "bench", "reward")),
  head: { weight: new Float32Array(model.config.width).fill(1e-3), bias: new Float32Array(1) },
  gain: 1,
  bias: 0,
  base: model.weights.sha256,
};

/** Hands out one step at a time: the run waits at the start of each until it is asked for. */
let ask;
let asked = new Promise((resolve) => (ask = resolve));
let tell;
let rewardSeconds = 0;
let rolloutSeconds = 0;

async function rollout(adapter, chosen, seeds, step) {
  const adapterPath = join(workFolder, `adapter-${step}.gguf`);
  await writeAdapterGguf(adapterPath, adapter, { architecture: model.config.architecture });
  const generator = await openGenerator({
    modelPath,
    adapterPaths: [adapterPath],
    sequences: responses,
    contextTokens: 512,
    threads,
  });
  try {
    return await generator.answer(chosen, config.sampling, seeds);
  } finally {
    await generator.dispose();
  }
}

async function score(all) {
  const began = performance.now();
  const sequences = all.map(({ promptIds, ids }) => Int32Array.from([...promptIds, ...ids]));
  const scores = await scoreSequences(model, reward, sequences);
  rewardSeconds = (performance.now() - began) / 1000;
  return scores;
}

const done = runPpo({
  model,
  prompts,
  config,
  rollout: async (...args) => {
    await asked;
    const began = performance.now();
    const answers = await rollout(...args);
    rolloutSeconds = (performance.now() - began) / 1000;
    return answers;
  },
  score,
  identity: "bench",
  seed: 1,
  workFolder,
  onStep: ({ seconds }, { samples }) => {
    asked = new Promise((resolve) => (ask = resolve));
    tell({
      rollout: rolloutSeconds,
      reward: rewardSeconds,
      policyAndReference: seconds.scoring - rewardSeconds,
      learning: seconds.learning,
      tokens: samples.reduce((sum, { dialogue }) => sum + dialogue.ids.length, 0),
    });
  },
});

await serve({ versions: { tensorflow }, shared: commonLength(prompts) }, () => {
  const told = new Promise((resolve) => (tell = resolve));
  ask();
  return told;
});
await done;
