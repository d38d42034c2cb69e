import { breathe } from "../../core";
import type { LoraPair } from "../adapter";
import { downloadGradients } from "./adapters";
import { attentionOf } from "./attentionChoice";
import type { PackedBatch } from "./batch";
import { blockBackward, blockForward, type BlockContext, type BlockLora, type BlockSaved } from "./block";
import { Scope, type Handle } from "./device";
import type { Dropout } from "./linear";
import type { LanguageModel } from "./model";
import { gatherRows } from "./ops";
import { ropeTable } from "./rope";

/** One pass of the blocks over one batch. */
export interface Pass {
  readonly model: LanguageModel;
  readonly batch: PackedBatch;
  /** One entry a block, or empty without an adapter. */
  readonly lora: readonly BlockLora[];
  readonly context: BlockContext;
  readonly signal?: AbortSignal;
}

/** What of a pass is kept for its backward pass: everything, only each block's input, or nothing. */
export type Keep = "activations" | "inputs" | "nothing";

/** A block's share of a pass that awaits its backward pass. */
interface Kept {
  readonly scope: Scope;
  /** The block's input, kept to compute its activations again. */
  readonly input?: Handle;
  readonly saved?: BlockSaved;
}

/** A pass with its masks and rotations in `s`. */
export function preparePass(
  s: Scope,
  model: LanguageModel,
  batch: PackedBatch,
  lora: readonly BlockLora[],
  options: { readonly dropout?: Dropout | undefined; readonly signal?: AbortSignal | undefined } = {},
): Pass {
  const rope = ropeTable(s, model.config, model.ropeFrequencies, batch.positions);
  const attention = attentionOf(s, model.config, batch.spans, rope);
  const { dropout, signal } = options;
  const context = { epsilon: model.epsilon, attention, ...(dropout ? { dropout } : {}) };
  return { model, batch, lora, context, ...(signal ? { signal } : {}) };
}

/** The last block's output at the batch's rows [M, E], in `s`; stops between two blocks when the signal says so. */
export async function forward(
  s: Scope,
  pass: Pass,
  keep: Keep,
): Promise<{ readonly x: Handle; readonly kept: readonly Kept[] }> {
  const { model, batch } = pass;
  const kept: Kept[] = [];
  try {
    let x = gatherRows(s, model.weights.embeddings, batch.ids);
    for (let b = 0; b < model.config.blocks; b++) {
      await breathe(pass.signal);
      const scope = new Scope();
      kept.push({ scope });
      const { y, saved } = runBlock(scope, pass, b, x);
      scope.give(y, s);
      if (keep === "activations") kept[b] = { scope, saved };
      else scope.release();
      if (keep === "inputs") kept[b] = { scope, input: s.give(x, scope) };
      else s.free(x);
      x = y;
    }
    return { x, kept };
  } catch (error) {
    releaseKept(kept);
    throw error;
  }
}

function runBlock(scope: Scope, pass: Pass, block: number, x: Handle) {
  const weights = pass.model.weights.blocks[block]!;
  const rows = block === pass.model.config.blocks - 1 ? pass.batch.rows : undefined;
  return blockForward(scope, pass.context, weights, pass.lora[block] ?? {}, x, rows);
}

/** Gradients of the adapter from `dx` [M, E] with respect to the last block's output; nothing is computed below block 0's layers. */
export async function backward(pass: Pass, kept: readonly Kept[], dx: Handle): Promise<Map<string, LoraPair>> {
  const { weights, config } = pass.model;
  const gradients = new Map<string, LoraPair>();
  const carried = new Scope();
  try {
    let dy = dx;
    for (let b = config.blocks - 1; b >= 0; b--) {
      await breathe(pass.signal);
      const { scope, input, saved: stored } = kept[b] as Kept;
      const saved = stored ?? runBlock(scope, pass, b, input as Handle).saved;
      const lora = pass.lora[b] ?? {};
      const rows = b === config.blocks - 1 ? pass.batch.rows : undefined;
      const result = blockBackward(scope, weights.blocks[b]!, lora, saved, dy, b > 0, rows);
      downloadGradients(lora, result.lora, gradients);
      carried.release();
      if (result.x) dy = scope.give(result.x, carried);
      scope.release();
    }
    return gradients;
  } finally {
    carried.release();
  }
}

/** Frees what a forward pass kept. */
export function releaseKept(kept: readonly Kept[]): void {
  for (const { scope } of kept) scope.release();
}
