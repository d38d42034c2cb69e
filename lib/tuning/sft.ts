/**
 * Supervised fine-tuning of a LoRA adapter (RecLM, Eq. 3-5: the loss is taken where the dialogue's mask is 1).
 *
 * Departures from transformers' Trainer: one step's loss is the mean over all supervised tokens of its accumulated batches (as in
 * transformers since 4.46, not the mean of batch means); examples run on over the end of an epoch, so that every step has the
 * same number of them; nothing is padded.
 */
import type { SftJob, SftResult } from "./sftJob";
import { SftRun } from "./sftRun";

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
  const run = await SftRun.open(job);
  try {
    while (run.step < run.totalSteps) {
      await run.evaluate();
      await run.advance();
      if (run.step % job.config.checkpointEvery === 0) await run.save();
    }
    await run.evaluate();
  } catch (error) {
    await run.save();
    throw error;
  }
  await run.save();
  return run.result();
}
