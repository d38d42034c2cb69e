import { tensorFrom, writeGguf, type GgufValue } from "reclm/llm";
import { noise } from "./noise";

/** The random llama of test/reference/transformer/transformer_peft.py (TINY). */
export const tiny = { vocabulary: 97, width: 32, feedForward: 48, blocks: 3, heads: 4, kvHeads: 2, headWidth: 8 };

/** Its linear layers of one block: name, outputs, inputs. */
const layers = [
  ["attn_q", 32, 32],
  ["attn_k", 16, 32],
  ["attn_v", 16, 32],
  ["attn_output", 32, 32],
  ["ffn_gate", 48, 32],
  ["ffn_up", 48, 32],
  ["ffn_down", 32, 48],
] as const;

/** Writes it as an F32 GGUF: weights from `noise`, as the script makes them. */
export async function writeTinyLlama(path: string): Promise<void> {
  const { vocabulary, width } = tiny;
  const norm = (seed: number) => noise(seed, width, 0.3).map((value) => 1 + value);
  const tensors = [
    tensorFrom("token_embd.weight", [width, vocabulary], noise(1, vocabulary * width, 1)),
    tensorFrom("output.weight", [width, vocabulary], noise(2, vocabulary * width, 0.5)),
    tensorFrom("output_norm.weight", [width], norm(3)),
  ];
  for (let block = 0; block < tiny.blocks; block++) {
    const name = (layer: string) => `blk.${block}.${layer}.weight`;
    tensors.push(tensorFrom(name("attn_norm"), [width], norm(100 + block * 10 + 7)));
    tensors.push(tensorFrom(name("ffn_norm"), [width], norm(100 + block * 10 + 8)));
    layers.forEach(([layer, outputs, inputs], i) => {
      const values = noise(100 + block * 10 + i, outputs * inputs, 2 / Math.sqrt(inputs));
      tensors.push(tensorFrom(name(layer), [inputs, outputs], values));
    });
  }
  await writeGguf(path, { metadata: metadata(), tensors });
}

function metadata(): ReadonlyMap<string, GgufValue> {
  const integers = {
    context_length: 1024,
    embedding_length: tiny.width,
    block_count: tiny.blocks,
    feed_forward_length: tiny.feedForward,
    "attention.head_count": tiny.heads,
    "attention.head_count_kv": tiny.kvHeads,
    "rope.dimension_count": tiny.headWidth,
  };
  return new Map<string, GgufValue>([
    ["general.architecture", { type: "string", value: "llama" }],
    ...Object.entries(integers).map(([key, value]) => [`llama.${key}`, { type: "uint32", value }] as const),
    ["llama.attention.layer_norm_rms_epsilon", { type: "float32", value: 1e-5 }],
    ["llama.rope.freq_base", { type: "float32", value: 10000 }],
  ]);
}
