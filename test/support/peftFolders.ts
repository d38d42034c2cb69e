import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import {
  loadLanguageModel,
  loraTargets,
  writeAdapterPeft,
  type Adapter,
  type LanguageModel,
  type ModelLayout,
} from "reclm/llm";
import { writeRewardPeft, type RewardModel } from "reclm/tuning";
import { noise } from "./noise";
import { noiseAdapter } from "./peft";
import { tiny, writeTinyLlama } from "./tinyLlama";

const layout: ModelLayout = { architecture: "llama", ...tiny };

/** Adapters of the tiny random llama, their numbers from `noise`: every target; an odd factor; not every block. */
export const adaptersForPeft: Readonly<Record<string, Adapter>> = {
  "all-layers": noiseAdapter({ config: layout }, loraTargets, { rank: 4, alpha: 8, scaleB: 0.3 }),
  "odd-factor": withDropout(
    noiseAdapter({ config: layout }, ["attn_k", "attn_q"], { rank: 3, alpha: 4.75, scaleB: 0.4 }),
    0.05,
  ),
  "two-blocks": withoutBlock(
    noiseAdapter({ config: layout }, ["attn_k", "ffn_down"], { rank: 2, alpha: 2, scaleB: 0.3 }),
    1,
  ),
};

/** A reward model of the tiny random llama, its gain and offsets unlike 1 and 0. */
export function rewardForPeft(model: LanguageModel): RewardModel {
  return {
    adapter: noiseAdapter(model, ["attn_q", "attn_v"], { rank: 4, alpha: 8, scaleB: 0.3 }),
    head: { weight: noise(51, tiny.width, 0.4), bias: Float32Array.of(0.3) },
    gain: 1.75,
    bias: -0.4,
    base: model.weights.sha256,
  };
}

/** Writes them, one folder each; the reward model as "reward". */
export async function writePeftFolders(folder: string): Promise<void> {
  const options = { layout, baseModel: "tiny-llama" };
  for (const [name, adapter] of Object.entries(adaptersForPeft)) {
    await writeAdapterPeft(join(folder, name), { adapter }, options);
  }
  await mkdir(folder, { recursive: true });
  await writeTinyLlama(join(folder, "tiny.gguf"));
  const model = await loadLanguageModel(join(folder, "tiny.gguf"));
  await writeRewardPeft(join(folder, "reward"), rewardForPeft(model), options);
  model.dispose();
}

function withDropout(adapter: Adapter, dropout: number): Adapter {
  return { ...adapter, config: { ...adapter.config, dropout } };
}

function withoutBlock(adapter: Adapter, block: number): Adapter {
  const kept = [...adapter.pairs].filter(([base]) => !base.startsWith(`blk.${block}.`));
  return { ...adapter, pairs: new Map(kept) };
}

// node .cache/test/support/peftFolders.js FOLDER: what test/reference/peft/peft_reads.py reads.
if (require.main === module) void writePeftFolders(resolve(process.argv[2] ?? "."));
