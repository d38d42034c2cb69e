import { createHash, type Hash } from "node:crypto";
import type { Adapter } from "../adapter";
import type { BlockWeights } from "./block";
import type { ModelConfig, ModelLayout } from "./config";
import { upload, type Handle, type Scope } from "./device";
import type { FusedLinear, LinearPart } from "./linear";

/** Where weights come from: a dequantised tensor by its GGUF name, row-major, of the given number of values. */
export interface WeightSource {
  has(name: string): boolean;
  read(name: string, values: number): Promise<Float32Array>;
}

/** A model's frozen weights on the device. */
export interface ModelWeights {
  /** [V, E] */
  readonly embeddings: Handle;
  readonly blocks: readonly BlockWeights[];
  /** [E] */
  readonly outputNorm: Handle;
  /** [V, E]; the embeddings themselves when tied. */
  readonly output: Handle;
  /** [ropeDimensions / 2], by which rope's frequencies are divided; absent: 1. */
  readonly ropeDivisors?: Float32Array;
  /** SHA-256 of the configuration and all values, folded adapters included. */
  readonly sha256: string;
}

/** GGUF names, widths in and out of a block's linear layers, by the group that is computed as one. */
export function blockLayout(layout: ModelLayout, block: number) {
  const { width, heads, kvHeads, headWidth, feedForward } = layout;
  const named = (layer: string, inputs: number, outputs: number) => ({
    name: `blk.${block}.${layer}.weight`,
    inputs,
    outputs,
  });
  return {
    qkv: [
      named("attn_q", width, heads * headWidth),
      named("attn_k", width, kvHeads * headWidth),
      named("attn_v", width, kvHeads * headWidth),
    ],
    output: [named("attn_output", heads * headWidth, width)],
    gate: [named("ffn_gate", width, feedForward)],
    up: [named("ffn_up", width, feedForward)],
    down: [named("ffn_down", feedForward, width)],
  };
}

interface NamedLinear {
  readonly name: string;
  readonly inputs: number;
  readonly outputs: number;
}

/** Reads all weights, adding each adapter's (alpha / rank) B A to the tensors it adapts. */
export async function loadWeights(
  s: Scope,
  config: ModelConfig,
  source: WeightSource,
  folded: readonly Adapter[],
): Promise<ModelWeights> {
  const { width, vocabulary } = config;
  const hash = createHash("sha256").update(JSON.stringify(config));
  const array = async (name: string, shape: readonly number[]) => {
    const values = await source.read(
      name,
      shape.reduce((product, size) => product * size),
    );
    return uploadHashed(s, hash, shape, values);
  };
  const vector = (name: string) => array(name, [width]);
  const table = (name: string) => array(name, [vocabulary, width]);
  const embeddings = await table("token_embd.weight");
  const blocks: BlockWeights[] = [];
  for (let b = 0; b < config.blocks; b++) {
    const layout = blockLayout(config, b);
    const fused = (parts: readonly NamedLinear[]) => fusedLinear(s, hash, source, folded, parts);
    blocks.push({
      attentionNorm: await vector(`blk.${b}.attn_norm.weight`),
      qkv: await fused(layout.qkv),
      output: await fused(layout.output),
      mlpNorm: await vector(`blk.${b}.ffn_norm.weight`),
      gate: await fused(layout.gate),
      up: await fused(layout.up),
      down: await fused(layout.down),
    });
  }
  const outputNorm = await vector("output_norm.weight");
  const output = config.tiedOutput ? embeddings : await table("output.weight");
  const ropeDivisors = await divisorsOf(config, source);
  if (ropeDivisors) hash.update(bytesOf(ropeDivisors));
  const divided = ropeDivisors ? { ropeDivisors } : {};
  return { embeddings, blocks, outputNorm, output, ...divided, sha256: hash.digest("hex") };
}

async function divisorsOf({ ropeDimensions }: ModelConfig, source: WeightSource): Promise<Float32Array | undefined> {
  const name = "rope_freqs.weight";
  return source.has(name) ? source.read(name, ropeDimensions / 2) : undefined;
}

function uploadHashed(s: Scope, hash: Hash, shape: readonly number[], values: Float32Array): Handle {
  hash.update(bytesOf(values));
  return upload(s, shape, values);
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

async function fusedLinear(
  s: Scope,
  hash: Hash,
  source: WeightSource,
  folded: readonly Adapter[],
  layers: readonly NamedLinear[],
): Promise<FusedLinear> {
  const inputs = (layers[0] as NamedLinear).inputs;
  const outputs = layers.reduce((sum, layer) => sum + layer.outputs, 0);
  const weight = new Float32Array(outputs * inputs);
  const parts: LinearPart[] = [];
  let start = 0;
  for (const layer of layers) {
    const part = weight.subarray(start * inputs, (start + layer.outputs) * inputs);
    part.set(await source.read(layer.name, part.length));
    for (const adapter of folded) fold(adapter, layer, part);
    parts.push({ name: layer.name, start, rows: layer.outputs });
    start += layer.outputs;
  }
  return { weight: uploadHashed(s, hash, [outputs, inputs], weight), parts, inputs, outputs };
}

/** weight += (alpha / rank) B A, in place; shapes were checked before. */
function fold(adapter: Adapter, layer: NamedLinear, weight: Float32Array): void {
  const pair = adapter.pairs.get(layer.name);
  if (!pair) return;
  const { a, b } = pair;
  const { rank, alpha } = adapter.config;
  const delta = new Float64Array(layer.inputs);
  for (let o = 0; o < layer.outputs; o++) {
    delta.fill(0);
    for (let r = 0; r < rank; r++) {
      const factor = ((b.data[o * rank + r] as number) * alpha) / rank;
      for (let i = 0; i < layer.inputs; i++) delta[i]! += factor * (a.data[r * layer.inputs + i] as number);
    }
    for (let i = 0; i < layer.inputs; i++) weight[o * layer.inputs + i]! += delta[i] as number;
  }
}
