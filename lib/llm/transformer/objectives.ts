import type { Adapter, LoraPair } from "../adapter";
import type { TokenisedDialogue } from "../chat";
import { packPositions, packSupervised, type PackOptions } from "./batch";
import type { Handle } from "./device";
import { headLogits, headLogProbs, headLoss } from "./head";
import type { LanguageModel } from "./model";
import { differentiated, evaluated, type EvaluationOptions, type LossOptions } from "./passes";

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
  const batch = packSupervised(model.config, dialogues);
  const count = batch.rows.length;
  const { result, gradients } = await differentiated(model, adapter, batch, options, async (s, x) => {
    const weights = new Float32Array(count).fill(1 / count);
    const { losses, gradient } = await headLoss(s, model, x, batch.labels, weights, options.signal);
    return { result: sum(losses) / count, dx: gradient };
  });
  return { loss: result, supervisedTokens: count, tokens: batch.ids.length, gradients };
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
  options: EvaluationOptions & PackOptions & { readonly temperature?: number } = {},
): Promise<readonly Float32Array[]> {
  const { temperature = 1, signal, sharePrefixes = false } = options;
  if (!(temperature > 0)) throw new RangeError(`Cannot score at temperature ${temperature}: it must be above 0`);
  const batch = packSupervised(model.config, dialogues, { sharePrefixes });
  const score = (_: unknown, x: Handle) => headLogProbs(model, x, batch.labels, temperature, signal);
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
  const all = await evaluated(model, adapter, batch, options.signal, (_, x) => headLogits(model, x, options.signal));
  return split(all, batch.counts, model.config.vocabulary);
}

function split(values: Float32Array, counts: Int32Array, width: number): readonly Float32Array[] {
  let start = 0;
  return Array.from(counts, (count) => values.subarray(start, (start += count * width)));
}

function sum(values: Float32Array): number {
  return values.reduce((total, value) => total + value, 0);
}
