import { metadataNumber, metadataString, type GgufFile } from "../gguf";

/** Sizes that decide the shapes of a decoder's linear layers; E = heads x headWidth is not assumed. */
export interface ModelLayout {
  /** As in the file's `general.architecture`. */
  readonly architecture: string;
  readonly blocks: number;
  /** E: width of the residual stream. */
  readonly width: number;
  readonly heads: number;
  /** Heads of keys and values; divides `heads`. */
  readonly kvHeads: number;
  readonly headWidth: number;
  /** F: width inside the gated MLP. */
  readonly feedForward: number;
}

/** Sizes and constants of a decoder. */
export interface ModelConfig extends ModelLayout {
  /** V: number of tokens. */
  readonly vocabulary: number;
  /** Longest dialogue, in tokens. */
  readonly contextLength: number;
  readonly rmsEpsilon: number;
  readonly ropeBase: number;
  /** Leading entries of a head that rope turns, in adjacent pairs. */
  readonly ropeDimensions: number;
  /** Positions are multiplied by it (linear scaling). */
  readonly ropeScale: number;
  /** Whether the head reuses the token embeddings. */
  readonly tiedOutput: boolean;
}

/** Architectures whose blocks are x += attention(rms(x)); x += mlp(rms(x)), with rope on adjacent pairs. */
const supported = new Set(["llama"]);

/**
 * The layout of a GGUF model of any architecture whose metadata has these keys; defaults as in llama.cpp
 * (src/llama-model.cpp). Throws a RangeError that names the file for heads that do not share keys evenly.
 */
export function modelLayoutOf(file: GgufFile): ModelLayout {
  const architecture = metadataString(file, "general.architecture");
  const fail = (reason: string) => new RangeError(`Cannot use ${file.path}: ${reason}`);
  const number = (key: string, fallback?: number) => metadataNumber(file, `${architecture}.${key}`, fallback);
  const width = number("embedding_length");
  const heads = number("attention.head_count");
  const headWidth = number("attention.key_length", width / heads);
  const kvHeads = number("attention.head_count_kv", heads);
  if (number("attention.value_length", headWidth) !== headWidth) throw fail("keys and values differ in width");
  if (!Number.isInteger(headWidth / 2) || heads % kvHeads !== 0) {
    throw fail(`${heads} heads of ${headWidth} entries do not fit ${kvHeads} heads of keys`);
  }
  const feedForward = number("feed_forward_length");
  return { architecture, blocks: number("block_count"), width, heads, kvHeads, headWidth, feedForward };
}

/**
 * The configuration of a GGUF model; defaults as in llama.cpp (src/llama-model.cpp).
 *
 * Throws a RangeError that names the file for an architecture or a rope scaling that is not supported.
 */
export function modelConfigOf(file: GgufFile): ModelConfig {
  const architecture = metadataString(file, "general.architecture");
  const fail = (reason: string) => new RangeError(`Cannot load ${file.path} for training: ${reason}`);
  if (!supported.has(architecture)) throw fail(`architecture ${architecture} is none of ${[...supported].join(", ")}`);
  const number = (key: string, fallback?: number) => metadataNumber(file, `${architecture}.${key}`, fallback);
  const scaling = metadataString(file, `${architecture}.rope.scaling.type`, "linear");
  if (scaling !== "none" && scaling !== "linear") throw fail(`rope scaling "${scaling}" is not supported`);
  const layout = modelLayoutOf(file);
  // The order of the fields is part of the weights' hash.
  return {
    ...layout,
    vocabulary: file.tensors.get("token_embd.weight")?.dims[1] ?? number("vocab_size"),
    contextLength: number("context_length"),
    rmsEpsilon: number("attention.layer_norm_rms_epsilon"),
    ropeBase: number("rope.freq_base", 10000),
    ropeDimensions: number("rope.dimension_count", layout.headWidth),
    // Files of before the factor's key have another; 0 stands for no scaling.
    ropeScale: scaling === "linear" ? 1 / (number("rope.scaling.factor", number("rope.scale_linear", 0)) || 1) : 1,
    tiedOutput: !file.tensors.has("output.weight"),
  };
}
