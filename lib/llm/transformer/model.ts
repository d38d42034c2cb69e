import type { Adapter } from "../adapter";
import { openGguf, readTensor, type GgufFile } from "../gguf";
import { modelConfigOf, type ModelConfig, type ModelLayout } from "./config";
import { Scope, upload, type Handle } from "./device";
import { ropeFrequencies } from "./rope";
import { blockLayout, loadWeights, type ModelWeights, type WeightSource } from "./weights";

/** A frozen decoder in 32-bit floats on the device; `dispose` frees its memory. */
export class LanguageModel {
  readonly #scope: Scope;

  constructor(
    readonly config: ModelConfig,
    readonly weights: ModelWeights,
    /** Angle of each pair of a head at position 1. */
    readonly ropeFrequencies: Float64Array,
    /** The norms' epsilon, on the device. */
    readonly epsilon: Handle,
    scope: Scope,
  ) {
    this.#scope = scope;
  }

  dispose(): void {
    this.#scope.release();
  }
}

/** What `loadLanguageModel` accepts beside the path. */
export interface LoadOptions {
  /** Trained adapters that are added to the weights, so that a further one trains on top of them. */
  readonly adapters?: readonly Adapter[];
}

/**
 * Loads a GGUF model (architecture llama, any type that `readTensor` knows) for training: dequantised to 32-bit floats,
 * four bytes a parameter.
 *
 * Throws a RangeError that names the file for another architecture, for tensors this transformer has no use for (biases),
 * and for an adapter that adapts a tensor the model does not have.
 *
 * @example const model = await loadLanguageModel("data/models/SmolLM2-135M-Instruct.Q8_0.gguf");
 */
export async function loadLanguageModel(ggufPath: string, options: LoadOptions = {}): Promise<LanguageModel> {
  const file = await openGguf(ggufPath);
  const config = modelConfigOf(file);
  checkTensors(file, config);
  const source: WeightSource = {
    has: (name) => file.tensors.has(name),
    read: async (name, values) => {
      const data = await readTensor(file, name);
      if (data.length === values) return data;
      throw new RangeError(`Cannot load ${ggufPath}: ${name} holds ${data.length} values, ${values} are needed`);
    },
  };
  return languageModelOf(config, source, options.adapters ?? []);
}

/** A model from any source of weights. */
export async function languageModelOf(
  config: ModelConfig,
  source: WeightSource,
  adapters: readonly Adapter[],
): Promise<LanguageModel> {
  for (const adapter of adapters) checkTargets(config, adapter);
  const scope = new Scope();
  try {
    const epsilon = upload(scope, [], Float32Array.of(config.rmsEpsilon));
    const weights = await loadWeights(scope, config, source, adapters);
    return new LanguageModel(config, weights, ropeFrequencies(config, weights.ropeDivisors), epsilon, scope);
  } catch (error) {
    scope.release();
    throw error;
  }
}

/** Inputs and outputs of every layer that LoRA can adapt, by GGUF name. */
export function adaptableLayers(
  layout: ModelLayout,
): ReadonlyMap<string, { readonly inputs: number; readonly outputs: number }> {
  const layers = new Map<string, { readonly inputs: number; readonly outputs: number }>();
  for (let block = 0; block < layout.blocks; block++) {
    for (const group of Object.values(blockLayout(layout, block))) {
      for (const { name, inputs, outputs } of group) layers.set(name, { inputs, outputs });
    }
  }
  return layers;
}

/** Throws a RangeError unless each of the adapter's pairs fits a layer of the model. */
export function checkTargets(layout: ModelLayout, adapter: Adapter): void {
  const layers = adaptableLayers(layout);
  const { rank } = adapter.config;
  for (const [name, { a, b }] of adapter.pairs) {
    const layer = layers.get(name);
    if (!layer) throw new RangeError(`Cannot adapt ${name}: the model has no such linear layer`);
    if (a.rows !== rank || a.cols !== layer.inputs || b.rows !== layer.outputs || b.cols !== rank) {
      throw new RangeError(
        `Cannot adapt ${name} (${layer.outputs} x ${layer.inputs}) with rank ${rank}: A is ${a.rows} x ${a.cols}, B is ${b.rows} x ${b.cols}`,
      );
    }
  }
}

function checkTensors(file: GgufFile, config: ModelConfig): void {
  const known = new Set(["token_embd.weight", "output_norm.weight", "output.weight", "rope_freqs.weight"]);
  for (let b = 0; b < config.blocks; b++) known.add(`blk.${b}.attn_norm.weight`).add(`blk.${b}.ffn_norm.weight`);
  for (const name of adaptableLayers(config).keys()) known.add(name);
  for (const name of file.tensors.keys()) {
    if (!known.has(name)) throw new RangeError(`Cannot load ${file.path} for training: no use for its tensor ${name}`);
  }
}
