import { access } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import {
  breathe,
  hashBytes,
  hashFile,
  type JobControl,
  type Matrix,
  matrixOf,
  messageOf,
  MissingInputError,
} from "../core";
import { EncodingCache } from "./encodingCache";

/** Turns texts into vectors; needs `dispose()` when done. */
export interface TextEncoder {
  /** SHA-256 of weights, tokenizer, token limit and scaling. */
  readonly modelHash: string;
  readonly width: number;
  /** A row a text, in order, of length 1 unless opened otherwise: [texts, width]. */
  encode(texts: readonly string[], control?: JobControl): Promise<Matrix>;
  dispose(): Promise<void>;
}

export interface TextEncoderOptions {
  /** Folder where vectors are kept between runs; none are kept without it. */
  readonly cacheFolder?: string;
  /** Longer texts lose their end; default 256, as sentence-transformers sets for MiniLM. */
  readonly maxTokens?: number;
  /** onnx/model_quantized.onnx, which is the default, or onnx/model.onnx. */
  readonly weights?: keyof typeof weightFiles;
  /** False: means of token vectors as they come. */
  readonly scaled?: boolean;
}

const weightFiles = { q8: join("onnx", "model_quantized.onnx"), fp32: join("onnx", "model.onnx") } as const;
const CACHE_EVERY = 64;

/**
 * Opens a sentence-transformers model from a local folder (config.json, tokenizer files, weights in ONNX): mean of the token
 * vectors, scaled to length 1. Nothing is ever downloaded.
 *
 * Texts are encoded one at a time: 8-bit activations are scaled over a whole batch, so that a vector would depend on the
 * texts beside it.
 *
 * @example
 * const encoder = await openTextEncoder("models/all-MiniLM-L6-v2", { cacheFolder: "runs/encodings" });
 * const vectors = await encoder.encode(["Heat (1995). Genres: Action, Crime."]); // [1, 384]
 */
export async function openTextEncoder(folder: string, options: TextEncoderOptions = {}): Promise<TextEncoder> {
  const { maxTokens = 256, weights = "q8", scaled = true } = options;
  for (const name of ["config.json", "tokenizer.json", "tokenizer_config.json", weightFiles[weights]]) {
    await access(join(folder, name)).catch(() => {
      throw new MissingInputError(`${name} of the text encoder ${folder}`, "the set-up puts it there");
    });
  }
  const hashes = [await hashFile(join(folder, weightFiles[weights])), await hashFile(join(folder, "tokenizer.json"))];
  const modelHash = hashBytes([...hashes, maxTokens, ...(scaled ? [] : ["unscaled"])].join(" "));
  const engine = await loadEngine(folder, { maxTokens, weights, scaled }).catch((error: unknown) => {
    throw new Error(`Cannot load text encoder ${folder}: ${messageOf(error)}`, { cause: error });
  });
  const cache =
    options.cacheFolder === undefined
      ? undefined
      : await EncodingCache.open(options.cacheFolder, modelHash, engine.width);
  return {
    modelHash,
    width: engine.width,
    encode: (texts, control = {}) => encodeAll(engine, cache, texts, control),
    dispose: () => engine.dispose(),
  };
}

interface Engine {
  readonly width: number;
  encode(text: string): Promise<Float32Array>;
  dispose(): Promise<void>;
}

async function loadEngine(
  folder: string,
  { maxTokens, weights, scaled }: Required<Omit<TextEncoderOptions, "cacheFolder">>,
): Promise<Engine> {
  const { AutoModel, AutoTokenizer, env, Tensor } = await import("@huggingface/transformers");
  env.allowRemoteModels = false;
  env.localModelPath = dirname(resolve(folder));
  const name = basename(resolve(folder));
  const tokenizer = await AutoTokenizer.from_pretrained(name, { local_files_only: true });
  const model = await AutoModel.from_pretrained(name, { local_files_only: true, dtype: weights, device: "cpu" });
  const row = (ids: readonly bigint[]) => new Tensor("int64", BigInt64Array.from(ids), [1, ids.length]);
  const encode = async (text: string): Promise<Float32Array> => {
    const all = tokenizer.encode(text);
    // The library's own truncation drops the closing token.
    const ids = all.length <= maxTokens ? all : [...all.slice(0, maxTokens - 1), all.at(-1)!];
    const inputs = {
      input_ids: row(ids.map(BigInt)),
      attention_mask: row(ids.map(() => 1n)),
      token_type_ids: row(ids.map(() => 0n)),
    };
    const { last_hidden_state: states } = (await model(inputs)) as {
      readonly last_hidden_state: { readonly data: Float32Array; readonly dims: readonly number[] };
    };
    const [, tokens, width] = states.dims as readonly [number, number, number];
    const sums = columnSums(states.data, width);
    return Float32Array.from(scaled ? unitVector(sums) : sums.map((sum) => sum / tokens));
  };
  const { length: width } = await encode("");
  return {
    width,
    encode,
    dispose: async () => {
      await model.dispose();
    },
  };
}

/** Sums over the rows, one a token; no padding is among them since the text is alone. */
function columnSums(data: Float32Array, width: number): Float64Array {
  const sums = new Float64Array(width);
  data.forEach((value, i) => (sums[i % width]! += value));
  return sums;
}

function unitVector(vector: Float64Array): Float64Array {
  const norm = Math.sqrt(vector.reduce((squares, value) => squares + value * value, 0));
  return vector.map((value) => (norm > 0 ? value / norm : 0));
}

async function encodeAll(
  engine: Engine,
  cache: EncodingCache | undefined,
  texts: readonly string[],
  { progress, signal }: JobControl,
): Promise<Matrix> {
  const known = new Map<string, Float32Array>();
  let fresh: [string, Float32Array][] = [];
  const unique = [...new Set(texts)];
  try {
    for (const [i, text] of unique.entries()) {
      let vector = cache?.get(text);
      if (vector === undefined) {
        await breathe(signal);
        vector = await engine.encode(text);
        fresh.push([text, vector]);
      }
      known.set(text, vector);
      if (fresh.length >= CACHE_EVERY) {
        await cache?.add(fresh);
        fresh = [];
      }
      progress?.({ label: "text encoding", done: i + 1, total: unique.length, unit: "texts" });
    }
  } catch (error) {
    // What cannot be kept either must not hide why the job stopped.
    await cache?.add(fresh).catch(() => undefined);
    throw error;
  }
  await cache?.add(fresh);
  const matrix = matrixOf(texts.length, engine.width);
  texts.forEach((text, r) => matrix.data.set(known.get(text)!, r * engine.width));
  return matrix;
}
