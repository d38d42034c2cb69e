import { loraTargets, partsOfBase, type LoraTarget } from "../adapter";

/** Half of a LoRA pair, as PEFT calls it. */
export type LoraHalf = "A" | "B";

/** Name of PEFT's tensor of a scalar head: transformers' sequence classification calls it `score`. */
export const scoreTensor = "base_model.model.score.weight";

/** transformers' module of each target, within a block (llama, qwen2, qwen3 and gemma3 agree). */
const modules: Readonly<Record<LoraTarget, string>> = {
  attn_q: "self_attn.q_proj",
  attn_k: "self_attn.k_proj",
  attn_v: "self_attn.v_proj",
  attn_output: "self_attn.o_proj",
  ffn_gate: "mlp.gate_proj",
  ffn_up: "mlp.up_proj",
  ffn_down: "mlp.down_proj",
};

/** Full name of a module in transformers' model: "model.layers.3.self_attn.q_proj". */
export function moduleOf(base: string): string {
  const { block, target } = partsOfBase(base);
  return `model.layers.${block}.${modules[target]}`;
}

/** Name of a target's module without its path: "q_proj". */
export function shortModuleOf(target: LoraTarget): string {
  return modules[target].split(".")[1]!;
}

/** The target of a module by its name, short or full; undefined for any other module. */
export function targetOfModule(module: string): LoraTarget | undefined {
  return loraTargets.find((target) => shortModuleOf(target) === module.split(".").at(-1));
}

/** PEFT's name of half a pair (peft, utils/save_and_load.py: the adapter's own name is left out). */
export function peftTensorOf(base: string, half: LoraHalf): string {
  return `base_model.model.${moduleOf(base)}.lora_${half}.weight`;
}

/** The inverse of `peftTensorOf`; undefined for any other name. */
export function baseOfPeftTensor(name: string): { readonly base: string; readonly half: LoraHalf } | undefined {
  const match = /^base_model\.model\.model\.layers\.(0|[1-9]\d*)\.(\w+\.\w+)\.lora_([AB])\.weight$/.exec(name);
  const target = loraTargets.find((candidate) => modules[candidate] === match?.[2]);
  if (!match || target === undefined) return undefined;
  return { base: `blk.${match[1]}.${target}.weight`, half: match[3] as LoraHalf };
}
