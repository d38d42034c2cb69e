import type { Matrix } from "../core";

/** Linear layers that LoRA can adapt, by their GGUF names. */
export const loraTargets = ["attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"] as const;

export type LoraTarget = (typeof loraTargets)[number];

/** Shape of a LoRA adapter: y = W x + (alpha / rank) B A dropout(x). */
export interface LoraConfig {
  readonly rank: number;
  readonly alpha: number;
  /** Share of the adapter's inputs set to zero while training, 0..1. */
  readonly dropout: number;
  readonly targets: readonly LoraTarget[];
}

/** One adapted layer, rows in GGUF order (for the llama architecture, q and k rows are permuted per head relative to transformers). */
export interface LoraPair {
  /** [rank, in] */
  readonly a: Matrix;
  /** [out, rank] */
  readonly b: Matrix;
}

/** Trained LoRA weights, keyed by base tensor: "blk.3.attn_q.weight". */
export interface Adapter {
  readonly config: LoraConfig;
  readonly pairs: ReadonlyMap<string, LoraPair>;
}

/** Block and target of a base tensor ("blk.3.attn_q.weight"); throws a RangeError for one that LoRA does not adapt. */
export function partsOfBase(base: string): { readonly block: number; readonly target: LoraTarget } {
  const [, block, name] = /^blk\.(\d+)\.(\w+)\.weight$/.exec(base) ?? [];
  const target = loraTargets.find((candidate) => candidate === name);
  // token_embd is refused on purpose: with a tied head llama.cpp loads such an adapter and then aborts.
  if (target === undefined)
    throw new RangeError(`Cannot use adapter of "${base}": adaptable are ${loraTargets.join(", ")}`);
  return { block: Number(block), target };
}
