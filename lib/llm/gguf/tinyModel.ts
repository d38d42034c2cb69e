import { type Prng, prngOf, randomNormal } from "../../core";
import { byteVocabulary } from "./byteVocabulary";
import { sizeOf, type GgufValue } from "./types";
import { type GgufTensorSource, tensorFrom, writeGguf } from "./writer";

/** Shape of a tiny random llama. */
export interface TinyModelOptions {
  readonly seed: number;
  readonly blocks?: number;
  /** Width of the residual stream; a multiple of `heads`. */
  readonly width?: number;
  readonly heads?: number;
  /** Key and value heads; divides `heads`. */
  readonly kvHeads?: number;
  readonly feedForward?: number;
  readonly contextTokens?: number;
  /** True (default): the output head is the embedding, as in SmolLM2; false: a matrix of its own, as in Llama 2. */
  readonly tied?: boolean;
}

const chatTemplate =
  "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}" +
  "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

/**
 * Writes a random llama model in F32 with a byte-level vocabulary and a ChatML template: it says nothing sensible, but
 * every part of the pipeline, both engines included, runs on it in seconds. The same seed gives the same file.
 */
export async function writeTinyModel(path: string, options: TinyModelOptions): Promise<void> {
  const shape = {
    blocks: 2,
    width: 64,
    heads: 4,
    kvHeads: 2,
    feedForward: 128,
    contextTokens: 4096,
    tied: true,
    ...options,
  };
  if (shape.width % (2 * shape.heads) !== 0 || shape.heads % shape.kvHeads !== 0) {
    throw new RangeError(
      `Cannot make a model of width ${shape.width} with ${shape.heads} heads over ${shape.kvHeads}: ` +
        "heads must have even width, and share keys evenly",
    );
  }
  await writeGguf(path, { metadata: metadataOf(shape), tensors: tensorsOf(shape) });
}

type Shape = Required<TinyModelOptions>;

function metadataOf(shape: Shape): ReadonlyMap<string, GgufValue> {
  const { tokens, types, merges } = byteVocabulary();
  const number = (value: number): GgufValue => ({ type: "uint32", value });
  const real = (value: number): GgufValue => ({ type: "float32", value });
  const text = (value: string): GgufValue => ({ type: "string", value });
  return new Map<string, GgufValue>([
    ["general.architecture", text("llama")],
    ["general.type", text("model")],
    ["general.name", text(`tiny random llama ${shape.seed}`)],
    ["general.file_type", number(0)],
    ["llama.block_count", number(shape.blocks)],
    ["llama.context_length", number(shape.contextTokens)],
    ["llama.embedding_length", number(shape.width)],
    ["llama.feed_forward_length", number(shape.feedForward)],
    ["llama.attention.head_count", number(shape.heads)],
    ["llama.attention.head_count_kv", number(shape.kvHeads)],
    ["llama.attention.layer_norm_rms_epsilon", real(1e-5)],
    ["llama.rope.dimension_count", number(shape.width / shape.heads)],
    ["llama.rope.freq_base", real(10000)],
    ["llama.vocab_size", number(tokens.length)],
    ["tokenizer.ggml.model", text("gpt2")],
    ["tokenizer.ggml.pre", text("smollm")],
    ["tokenizer.ggml.tokens", { type: "array", items: "string", value: tokens }],
    ["tokenizer.ggml.token_type", { type: "array", items: "int32", value: types }],
    ["tokenizer.ggml.merges", { type: "array", items: "string", value: merges }],
    ["tokenizer.ggml.bos_token_id", number(1)],
    ["tokenizer.ggml.eos_token_id", number(2)],
    ["tokenizer.ggml.unknown_token_id", number(0)],
    ["tokenizer.ggml.padding_token_id", number(2)],
    ["tokenizer.ggml.add_bos_token", { type: "bool", value: false }],
    ["tokenizer.ggml.add_space_prefix", { type: "bool", value: false }],
    ["tokenizer.chat_template", text(chatTemplate)],
  ]);
}

function tensorsOf(shape: Shape): readonly GgufTensorSource[] {
  const { width, feedForward } = shape;
  const vocabulary = byteVocabulary().tokens.length;
  const kvWidth = (width / shape.heads) * shape.kvHeads;
  const matrix = (name: string, inputs: number, outputs: number): GgufTensorSource =>
    tensorFrom(name, [inputs, outputs], randomValues([inputs, outputs], prngOf(shape.seed, name)));
  const norm = (name: string): GgufTensorSource => tensorFrom(name, [width], new Float32Array(width).fill(1));
  const blocks = Array.from({ length: shape.blocks }, (_, b) => `blk.${b}`).flatMap((block) => [
    norm(`${block}.attn_norm.weight`),
    matrix(`${block}.attn_q.weight`, width, width),
    matrix(`${block}.attn_k.weight`, width, kvWidth),
    matrix(`${block}.attn_v.weight`, width, kvWidth),
    matrix(`${block}.attn_output.weight`, width, width),
    norm(`${block}.ffn_norm.weight`),
    matrix(`${block}.ffn_gate.weight`, width, feedForward),
    matrix(`${block}.ffn_up.weight`, width, feedForward),
    matrix(`${block}.ffn_down.weight`, feedForward, width),
  ]);
  return [
    matrix("token_embd.weight", width, vocabulary),
    ...blocks,
    norm("output_norm.weight"),
    ...(shape.tied ? [] : [matrix("output.weight", width, vocabulary)]),
  ];
}

// Variance 1 / inputs keeps activations near 1 through every layer.
function randomValues(dims: readonly [number, number], prng: Prng): Float32Array {
  const deviation = 1 / Math.sqrt(dims[0]);
  return Float32Array.from({ length: sizeOf(dims) }, () => deviation * randomNormal(prng));
}
