import type { Prng } from "../../core";
import type { Adapter, LoraPair } from "../adapter";
import type { TokenisedDialogue } from "../chat";
import { dropoutOf, uploadAdapter } from "./adapters";
import { packPositions, packSupervised, type PackedBatch } from "./batch";
import { scopedAsync, type Handle } from "./device";
import { headLogits, headLogProbs, headLoss } from "./head";
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

/** The mean loss of a batch and what the adapter's weights should change. */
export interface LossAndGradients {
  /** Mean of -log p over the supervised tokens of the whole batch, in nats. */
  readonly loss: number;
  readonly supervisedTokens: number;
  /** Tokens that went through the blocks. */
  readonly tokens: number;
  /** d loss / d A and d loss / d B, keyed as the adapter's pairs. */
  readonly gradients: ReadonlyMap<string, LoraPair>;
}

/**
 * Loss and LoRA gradients of a batch of dialogues; the base model is frozen.
 *
 * Equal to transformers' causal language model loss with labels -100 where the mask is 0, and to the gradients that PEFT
 * gets from it. Dialogues of different lengths are laid end to end, so that nothing is spent on padding.
 *
 * @example const { loss, gradients } = await lossAndGradients(model, adapter, dialogues, { dropoutPrng: prngOf(seed, "dropout", step) });
 */
export async function lossAndGradients(
  model: LanguageModel,
  adapter: Adapter,
  dialogues: readonly TokenisedDialogue[],
  options: LossOptions = {},
): Promise<LossAndGradients> {
  checkTargets(model.config, adapter);
  const batch = packSupervised(model.config, dialogues);
  const count = batch.rows.length;
  return scopedAsync(async (s) => {
    const dropout = dropoutOf(adapter, options.dropoutPrng);
    const lora = uploadAdapter(s, model.weights.blocks, adapter, dropout);
    const pass = preparePass(s, model, batch, lora, { dropout, signal: options.signal });
    const { x, kept } = await forward(s, pass, options.recompute ? "inputs" : "activations");
    try {
      const weights = new Float32Array(count).fill(1 / count);
      const { losses, gradient } = await headLoss(s, model, x, batch.labels, weights, options.signal);
      s.free(x);
      const gradients = await backward(pass, kept, gradient);
      return { loss: sum(losses) / count, supervisedTokens: count, tokens: batch.ids.length, gradients };
    } finally {
      releaseKept(kept);
    }
  });
}

/** What every pass without gradients accepts. */
export interface EvaluationOptions {
  readonly signal?: AbortSignal;
}

/** Runs the blocks without keeping anything and hands the last block's output [M, E] to `read`. */
async function evaluated<T>(
  model: LanguageModel,
  adapter: Adapter | undefined,
  batch: PackedBatch,
  signal: AbortSignal | undefined,
  read: (x: Handle) => Promise<T>,
): Promise<T> {
  if (adapter) checkTargets(model.config, adapter);
  return scopedAsync(async (s) => {
    const lora = adapter ? uploadAdapter(s, model.weights.blocks, adapter, undefined) : [];
    const { x } = await forward(s, preparePass(s, model, batch, lora, { signal }), "nothing");
    return await read(x);
  });
}

/**
 * log p of every supervised token of each dialogue, in order, in nats: [dialogues][supervised tokens after the first token].
 *
 * `temperature` divides the logits, as in sampling. Throws a RangeError unless it is above 0.
 */
export async function tokenLogProbs(
  model: LanguageModel,
  adapter: Adapter | undefined,
  dialogues: readonly TokenisedDialogue[],
  options: EvaluationOptions & { readonly temperature?: number } = {},
): Promise<readonly Float32Array[]> {
  const { temperature = 1, signal } = options;
  if (!(temperature > 0)) throw new RangeError(`Cannot score at temperature ${temperature}: it must be above 0`);
  const batch = packSupervised(model.config, dialogues);
  const score = (x: Handle) => headLogProbs(model, x, batch.labels, temperature, signal);
  const all = await evaluated(model, adapter, batch, signal, score);
  return split(all, batch.counts, 1);
}

/** Mean loss over the supervised tokens of all dialogues, in nats, with how many there are; dropout is off. */
export async function evaluateLoss(
  model: LanguageModel,
  adapter: Adapter | undefined,
  dialogues: readonly TokenisedDialogue[],
  options: EvaluationOptions & { readonly batch?: number } = {},
): Promise<{ readonly loss: number; readonly supervisedTokens: number }> {
  const { batch = 1, signal } = options;
  let total = 0;
  let supervisedTokens = 0;
  for (let first = 0; first < dialogues.length; first += batch) {
    const part = dialogues.slice(first, first + batch);
    for (const logProbs of await tokenLogProbs(model, adapter, part, signal ? { signal } : {})) {
      total -= sum(logProbs);
      supervisedTokens += logProbs.length;
    }
  }
  if (supervisedTokens === 0) throw new RangeError("Cannot evaluate a loss: there is no dialogue");
  return { loss: total / supervisedTokens, supervisedTokens };
}

/** Logits after each position of each dialogue, or after ascending `positions` of each: [dialogues][positions x V], row-major. */
export async function logits(
  model: LanguageModel,
  adapter: Adapter | undefined,
  dialogues: readonly TokenisedDialogue[],
  options: EvaluationOptions & { readonly positions?: readonly (readonly number[])[] } = {},
): Promise<readonly Float32Array[]> {
  const batch = packPositions(model.config, dialogues, options.positions);
  const all = await evaluated(model, adapter, batch, options.signal, (x) => headLogits(model, x, options.signal));
  return split(all, batch.counts, model.config.vocabulary);
}

function split(values: Float32Array, counts: Int32Array, width: number): readonly Float32Array[] {
  let start = 0;
  return Array.from(counts, (count) => values.subarray(start, (start += count * width)));
}

function sum(values: Float32Array): number {
  return values.reduce((total, value) => total + value, 0);
}
