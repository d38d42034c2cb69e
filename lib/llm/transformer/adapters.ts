import type { Prng } from "../../core";
import { matrixOf } from "../../core";
import type { Adapter, LoraConfig, LoraPair } from "../adapter";
import { linearGroups, type BlockGradients, type BlockLora, type BlockWeights, type LinearGroup } from "./block";
import type { ModelConfig } from "./config";
import { download, upload, type Scope } from "./device";
import type { Dropout, FusedLinear, FusedLora, LinearPart } from "./linear";
import { adaptableLayers } from "./model";

/**
 * An untrained adapter for every block's target layers: A uniform in +-1/sqrt(in), B zero, so that it changes nothing yet.
 *
 * A is PEFT's kaiming_uniform(a = sqrt 5) (peft, tuners/lora/layer.py). Throws a RangeError for a rank below 1, no target
 * or a dropout outside [0, 1).
 *
 * @example initialAdapter(model.config, { rank: 8, alpha: 16, dropout: 0.1, targets: ["attn_q", "attn_v"] }, prngOf(7, "lora"))
 */
export function initialAdapter(config: ModelConfig, lora: LoraConfig, prng: Prng): Adapter {
  checkLora(lora);
  const pairs = new Map<string, LoraPair>();
  for (const [name, { inputs, outputs }] of adaptableLayers(config)) {
    if (!lora.targets.some((target) => name.endsWith(`.${target}.weight`))) continue;
    const bound = 1 / Math.sqrt(inputs);
    const a = Float32Array.from({ length: lora.rank * inputs }, () => (2 * prng() - 1) * bound);
    pairs.set(name, { a: matrixOf(lora.rank, inputs, a), b: matrixOf(outputs, lora.rank) });
  }
  return { config: lora, pairs };
}

function checkLora({ rank, dropout, targets }: LoraConfig): void {
  if (!(Number.isInteger(rank) && rank >= 1))
    throw new RangeError(`Cannot make an adapter of rank ${rank}: at least 1 is needed`);
  if (!(dropout >= 0 && dropout < 1)) throw new RangeError(`Cannot use a dropout of ${dropout}: it lies in [0, 1)`);
  if (targets.length === 0) throw new RangeError("Cannot make an adapter: no target layer is named");
}

/** Dropout of one pass, its seeds drawn in the order of the adapter's pairs; undefined when nothing is dropped. */
export function dropoutOf(adapter: Adapter, prng: Prng | undefined): Dropout | undefined {
  const rate = adapter.config.dropout;
  if (!prng || rate === 0) return undefined;
  const seeds = new Map<string, Int32Array>();
  const draw = () => Math.floor(prng() * 2 ** 32) | 0;
  for (const name of adapter.pairs.keys()) seeds.set(name, Int32Array.of(draw(), draw()));
  return { rate, seeds };
}

/** An adapter on the device, fused as the blocks' layers are. */
export function uploadAdapter(
  s: Scope,
  blocks: readonly BlockWeights[],
  adapter: Adapter,
  dropout: Dropout | undefined,
): readonly BlockLora[] {
  const factor = adapter.config.alpha / adapter.config.rank / (1 - (dropout?.rate ?? 0));
  return blocks.map((weights) => {
    const lora: Partial<Record<LinearGroup, FusedLora>> = {};
    for (const group of linearGroups) {
      const fused = uploadLora(s, weights[group], adapter, factor);
      if (fused) lora[group] = fused;
    }
    return lora;
  });
}

function uploadLora(s: Scope, linear: FusedLinear, adapter: Adapter, factor: number): FusedLora | undefined {
  const targets = linear.parts.filter((part) => adapter.pairs.has(part.name));
  if (targets.length === 0) return undefined;
  const { rank } = adapter.config;
  const total = rank * targets.length;
  const a = new Float32Array(total * linear.inputs);
  const b = new Float32Array(linear.outputs * total);
  targets.forEach((part, t) => {
    const pair = adapter.pairs.get(part.name) as LoraPair;
    a.set(pair.a.data, t * rank * linear.inputs);
    for (let o = 0; o < part.rows; o++) {
      for (let r = 0; r < rank; r++)
        b[(part.start + o) * total + t * rank + r] = factor * (pair.b.data[o * rank + r] as number);
    }
  });
  const handles = { a: upload(s, [total, linear.inputs], a), b: upload(s, [linear.outputs, total], b) };
  return { rank, factor, targets, ...handles };
}

/** A block's gradients as pairs of the adapter, read from the device into `into`. */
export function downloadGradients(lora: BlockLora, gradients: BlockGradients, into: Map<string, LoraPair>): void {
  for (const group of linearGroups) {
    const fused = lora[group];
    const gradient = gradients[group];
    if (!fused || !gradient) continue;
    const a = download(gradient.a);
    const b = download(gradient.b);
    fused.targets.forEach((part, t) => into.set(part.name, pairGradient(fused, part, t, a, b)));
  }
}

function pairGradient(lora: FusedLora, part: LinearPart, target: number, a: Float32Array, b: Float32Array): LoraPair {
  const { rank, factor } = lora;
  const total = rank * lora.targets.length;
  const inputs = a.length / total;
  const own = matrixOf(part.rows, rank);
  for (let o = 0; o < part.rows; o++) {
    for (let r = 0; r < rank; r++) {
      own.data[o * rank + r] = factor * (b[(part.start + o) * total + target * rank + r] as number);
    }
  }
  return { a: matrixOf(rank, inputs, a.slice(target * rank * inputs, (target + 1) * rank * inputs)), b: own };
}
