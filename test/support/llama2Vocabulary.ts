import { type GgufValue, tensorFrom, writeGguf } from "reclm/llm";

// After <unk>, <s>, </s> and the 256 bytes: ids 259, 260, ... A piece is reached by joining two others.
const pieces = [
  "▁", "[", "]", "/", "<", ">", "I", "N", "S", "T", "h", "i", "Y", "e", "s",
  "▁[", "IN", "ST", "INST", "hi", "▁hi", "Ye", "Yes", "▁Yes",
]; // prettier-ignore

/** Ids of pieces, "\n" standing for its byte. */
export function idsOf(...names: readonly string[]): readonly number[] {
  return names.map((name) => {
    if (name === "<s>") return 1;
    if (name === "</s>") return 2;
    if (name.length === 1 && !pieces.includes(name)) return 3 + name.charCodeAt(0);
    return 259 + pieces.indexOf(name);
  });
}

const chatTemplate =
  "{% if messages[0]['role'] == 'system' %}{% set turns = messages[1:] %}" +
  "{% set intro = '<<SYS>>\\n' + messages[0]['content'] + '\\n<</SYS>>\\n\\n' %}" +
  "{% else %}{% set turns = messages %}{% set intro = '' %}{% endif %}" +
  "{% for turn in turns %}{% if (turn['role'] == 'user') != (loop.index0 % 2 == 0) %}" +
  "{{ raise_exception('roles must alternate') }}{% endif %}" +
  "{% set text = (intro if loop.first else '') + turn['content'] %}" +
  "{% if turn['role'] == 'user' %}{{ bos_token + '[INST] ' + text.strip() + ' [/INST]' }}" +
  "{% else %}{{ ' ' + text.strip() + ' ' + eos_token }}{% endif %}{% endfor %}";

const width = 32;
const layers = ["attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"];

/** Writes a GGUF file of zero weights whose SentencePiece vocabulary and template behave as Llama-2-chat's. */
export async function writeLlama2Vocabulary(path: string): Promise<void> {
  const bytes = Array.from({ length: 256 }, (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`);
  const tokens = ["<unk>", "<s>", "</s>", ...bytes, ...pieces];
  const types = tokens.map((_, id) => (id === 0 ? 2 : id < 3 ? 3 : id < 259 ? 6 : 1));
  const number = (value: number): GgufValue => ({ type: "uint32", value });
  const text = (value: string): GgufValue => ({ type: "string", value });
  const metadata = new Map<string, GgufValue>([
    ["general.architecture", text("llama")],
    ["llama.block_count", number(1)],
    ["llama.context_length", number(128)],
    ["llama.embedding_length", number(width)],
    ["llama.feed_forward_length", number(width)],
    ["llama.attention.head_count", number(1)],
    ["llama.attention.layer_norm_rms_epsilon", { type: "float32", value: 1e-5 }],
    ["tokenizer.ggml.model", text("llama")],
    ["tokenizer.ggml.tokens", { type: "array", items: "string", value: tokens }],
    ["tokenizer.ggml.scores", { type: "array", items: "float32", value: tokens.map((_, id) => -id) }],
    ["tokenizer.ggml.token_type", { type: "array", items: "int32", value: types }],
    ["tokenizer.ggml.bos_token_id", number(1)],
    ["tokenizer.ggml.eos_token_id", number(2)],
    ["tokenizer.ggml.unknown_token_id", number(0)],
    ["tokenizer.ggml.add_bos_token", { type: "bool", value: true }],
    ["tokenizer.chat_template", text(chatTemplate)],
  ]);
  const zeros = (name: string, ...dims: readonly number[]) =>
    tensorFrom(`${name}.weight`, dims, new Float32Array(dims.reduce((size, dim) => size * dim)));
  const tensors = [
    zeros("token_embd", width, tokens.length),
    ...["blk.0.attn_norm", "blk.0.ffn_norm", "output_norm"].map((name) => zeros(name, width)),
    ...layers.map((name) => zeros(`blk.0.${name}`, width, width)),
  ];
  await writeGguf(path, { metadata, tensors });
}
