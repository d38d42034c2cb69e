/*
 * PPO on a LoRA adapter (RecLM, Eq. 7-8).
 *
 * Departures from the authors' rl_training.py on TRL 0.7.9, with `ppoDefaults`:
 * - a step has 64 responses in mini-batches of 16; theirs has one, so that advantages are whitened within a response and the
 *   adaptive coefficient hardly moves;
 * - log-probabilities are taken at the sampling temperature; theirs at 1, which is another policy than the one that samples;
 * - nothing is cut off when sampling (top_p 1); with their .9 a run names it in `unscoredSampling`;
 * - dropout is off everywhere; theirs is on in generation from the second step on, and in the head while learning;
 * - a response without its end-of-turn token loses 1 from its score; theirs is scored like any other;
 * - the value head starts at 0; theirs at PyTorch's random Linear;
 * - Adam's epsilon is 1e-5 (1e-8 there), its rate falls linearly to 0 (constant there), gradients are clipped at norm 1
 *   (not clipped there);
 * - exploding ratios stop the run (there the batch's loss is set to 0, and Adam steps on its moments); when they are skipped,
 *   nothing steps;
 * - `targetKl` looks at an epoch's mean approxKl, which is never negative; TRL's at the last mini-batch's mean log ratio;
 * - a sampler that gives log-probabilities is corrected for by truncated importance weights;
 * - whitening one token gives 0; there it is not a number.
 */
import type { PpoJob, PpoResult } from "./ppoJob";
import { PpoRun } from "./ppoRun";

/**
 * Tunes a fresh adapter by PPO against injected rollouts and scores; the reference is the same model without the adapter.
 *
 * A checkpoint follows every step: a killed run called again ends with the same records and weights, bit for bit, if rollout and
 * scorer answer the same arguments alike. An abort ends between two blocks of the model, keeps the last step's checkpoint and
 * rejects with the signal's reason. A score, loss or gradient that is not finite, or an exploding ratio, writes `failure.json`
 * to the work folder and throws. Resuming with another configuration, seed, model, identity or prompts throws a RangeError that
 * names the field.
 *
 * @example
 * const { adapter, steps } = await runPpo({
 *   model, prompts, config: { ...ppoDefaults, steps: 50 }, identity: { reward: rewardHash }, seed: 7, workFolder,
 *   rollout: async (adapter, prompts, seeds, step) => (await sampler(adapter, step)).answer(prompts, sampling, seeds),
 *   score: async (responses) => sequenceScalars(rewardModel, rewardAdapter, rewardHead, responses.map(textIds)),
 * });
 */
export async function runPpo(job: PpoJob): Promise<PpoResult> {
  const run = await PpoRun.open(job);
  while (run.step < job.config.steps) await run.advance();
  return run.result();
}
