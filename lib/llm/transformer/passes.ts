import type { Prng } from "../../core";
import type { Adapter, LoraPair } from "../adapter";
import { dropoutOf, uploadAdapter } from "./adapters";
import type { PackedBatch } from "./batch";
import { scopedAsync, type Handle, type Scope } from "./device";
import { checkTargets, type LanguageModel } from "./model";
import { backward, forward, preparePass, releaseKept } from "./network";

/** How one loss is computed. */
export interface LossOptions {
  /** Draws this pass's dropout; without it nothing is dropped. */
  readonly dropoutPrng?: Prng;
  /** Computes each block's activations again in the backward pass: only their inputs are kept, for about half more time. */
  readonly recompute?: boolean;
  /** Stops the pass between two blocks. */
  readonly signal?: AbortSignal;
}

/** What every pass without gradients accepts. */
export interface EvaluationOptions {
  readonly signal?: AbortSignal;
}

/**
 * Runs the blocks, lets `read` turn the last block's output [M, E] into a result and its gradient [M, E], and carries that
 * back to the adapter.
 */
export async function differentiated<T>(
  model: LanguageModel,
  adapter: Adapter,
  batch: PackedBatch,
  options: LossOptions,
  read: (s: Scope, x: Handle) => Promise<{ readonly result: T; readonly dx: Handle }>,
): Promise<{ readonly result: T; readonly gradients: ReadonlyMap<string, LoraPair> }> {
  checkTargets(model.config, adapter);
  return scopedAsync(async (s) => {
    const dropout = dropoutOf(adapter, options.dropoutPrng);
    const lora = uploadAdapter(s, model.weights.blocks, adapter, dropout);
    const pass = preparePass(s, model, batch, lora, { dropout, signal: options.signal });
    const { x, kept } = await forward(s, pass, options.recompute ? "inputs" : "activations");
    try {
      const { result, dx } = await read(s, x);
      s.free(x);
      return { result, gradients: await backward(pass, kept, dx) };
    } finally {
      releaseKept(kept);
    }
  });
}

/** Runs the blocks without keeping anything and hands the last block's output [M, E] to `read`. */
export async function evaluated<T>(
  model: LanguageModel,
  adapter: Adapter | undefined,
  batch: PackedBatch,
  signal: AbortSignal | undefined,
  read: (s: Scope, x: Handle) => Promise<T>,
): Promise<T> {
  if (adapter) checkTargets(model.config, adapter);
  return scopedAsync(async (s) => {
    const lora = adapter ? uploadAdapter(s, model.weights.blocks, adapter, undefined) : [];
    const { x } = await forward(s, preparePass(s, model, batch, lora, { signal }), "nothing");
    return await read(s, x);
  });
}
