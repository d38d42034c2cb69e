/**
 * Supervised fine-tuning of a LoRA adapter (RecLM, Eq. 3-5: the loss is taken where the dialogue's mask is 1).
 *
 * Departures from transformers' Trainer: one step's loss is the mean over all supervised tokens of its accumulated batches (as in
 * transformers since 4.46, not the mean of batch means); examples run on over the end of an epoch, so that every step has the
 * same number of them; nothing is padded.
 */
import { prngOf } from "../core";
import { evaluateLoss, initialAdapter, lossAndGradients } from "../llm";
import { adapterGradients, adapterParameters } from "./parameters";
import { setupOf, type SftJob, type SftResult } from "./sftJob";
import { runTuning } from "./tuningRun";

/**
 * Tunes a fresh adapter on dialogues; a killed run called again ends with the same losses and weights, bit for bit.
 *
 * An abort stops between two blocks, leaves a checkpoint of the last finished step and rejects with the signal's reason. A
 * loss or gradient that is not finite writes `failure.json` to the work folder and throws. Resuming with another
 * configuration, seed, model or data throws a RangeError that names the field.
 *
 * @example const { adapter, losses } = await tuneSft({ model, examples, config, seed: 7, workFolder });
 */
export async function tuneSft(job: SftJob): Promise<SftResult> {
  const { model, examples, heldOut = [], config, seed, workFolder, control } = job;
  const adapter = initialAdapter(model.config, config.lora, prngOf(seed, "adapter"));
  const signal = control?.signal ? { signal: control.signal } : {};
  const record = await runTuning({
    label: "tuning",
    config,
    seed,
    examples: examples.length,
    setup: setupOf(job),
    workFolder,
    control,
    parameters: adapterParameters(adapter),
    gradients: async (numbers, dropoutPrng) => {
      const dialogues = numbers.map((number) => examples[number]!);
      const options = { dropoutPrng, recompute: config.recompute ?? false, ...signal };
      const { loss, gradients, supervisedTokens, tokens } = await lossAndGradients(model, adapter, dialogues, options);
      return { loss, gradients: adapterGradients(adapter, gradients), weight: supervisedTokens, tokens, metrics: {} };
    },
    evaluate: heldOut.length
      ? async () => ({ loss: (await evaluateLoss(model, adapter, heldOut, { batch: config.batch, ...signal })).loss })
      : undefined,
  });
  return { adapter, losses: record.steps, heldOutLosses: record.evaluations };
}
