import { prngOf, randomPermutation } from "../../core";
import type { LanguageModel } from "../../llm";
import { clipGlobalNorm, globalNorm } from "../clip";
import type { PpoUpdateConfig } from "./config";
import { DivergenceError, type DivergenceRecord } from "./divergence";
import type { PpoLearner } from "./learner";
import { miniBatchGradients, type MiniBatchLosses } from "./miniBatch";
import { ppoTargets, type PpoSample, type PpoTargets } from "./sample";

/** What `ppoUpdate` needs. */
export interface PpoUpdateJob {
  readonly model: LanguageModel;
  readonly learner: PpoLearner;
  readonly samples: readonly PpoSample[];
  readonly config: PpoUpdateConfig;
  readonly klCoef: number;
  readonly learningRate: number;
  /** The sampling temperature, at which the old log-probabilities were taken. */
  readonly temperature: number;
  /** One order of the responses an epoch: `epochOrders`. */
  readonly orders: readonly ArrayLike<number>[];
  readonly signal?: AbortSignal;
}

/** One mini-batch of an update. */
export interface MiniBatchRecord extends MiniBatchLosses {
  /** Before clipping. */
  readonly gradNorm: number;
  /** True: its ratios had exploded, so that it changed nothing. */
  readonly skipped: boolean;
}

/** What one update did. */
export interface PpoUpdate {
  readonly targets: readonly PpoTargets[];
  /** In the order they were done. */
  readonly miniBatches: readonly MiniBatchRecord[];
  /** True: `targetKl` ended it before its last epoch. */
  readonly stoppedEarly: boolean;
}

/** The orders in which the epochs of step `step` see its responses; a pure function, so that a resumed run sees the same. */
export function epochOrders(responses: number, epochs: number, step: number, seed: number): readonly Int32Array[] {
  return Array.from({ length: epochs }, (_, epoch) =>
    randomPermutation(responses, prngOf(seed, "ppo epoch", step, epoch)),
  );
}

/**
 * One PPO update: rewards, advantages whitened over the batch, then ppoEpochs passes in mini-batches, an Adam step each; the
 * learner's weights change in place.
 *
 * Equal to TRL 0.7.9's `step` with the learner's settings. Throws a RangeError for samples that do not fit, and a
 * `DivergenceError` for a loss or gradient that is not finite and, unless they are skipped, for exploding ratios.
 *
 * @example
 * const orders = epochOrders(samples.length, config.ppoEpochs, step, seed);
 * const { miniBatches } = await ppoUpdate({ model, learner, samples, config, klCoef, learningRate, temperature, orders });
 */
export async function ppoUpdate(job: PpoUpdateJob): Promise<PpoUpdate> {
  const { samples, config, klCoef, orders } = job;
  if (samples.length === 0 || samples.length % config.miniBatch !== 0) {
    throw new RangeError(`Cannot update on ${samples.length} responses: mini-batches hold ${config.miniBatch}`);
  }
  const targets = ppoTargets(samples, { ...config, klCoef });
  const miniBatches: MiniBatchRecord[] = [];
  for (const [epoch, order] of orders.entries()) {
    const records: MiniBatchRecord[] = [];
    for (let first = 0; first < order.length; first += config.miniBatch) {
      const chosen = Array.from(order).slice(first, first + config.miniBatch);
      records.push(await miniBatchStep(job, targets, epoch, chosen));
    }
    miniBatches.push(...records);
    const approxKl = records.reduce((sum, record) => sum + record.approxKl, 0) / records.length;
    const stop = config.targetKl !== undefined && approxKl > 1.5 * config.targetKl;
    if (stop && epoch < orders.length - 1) return { targets, miniBatches, stoppedEarly: true };
  }
  return { targets, miniBatches, stoppedEarly: false };
}

async function miniBatchStep(
  job: PpoUpdateJob,
  targets: readonly PpoTargets[],
  epoch: number,
  responses: readonly number[],
): Promise<MiniBatchRecord> {
  const { model, learner, samples, config } = job;
  const examples = responses.map((b) => ({ sample: samples[b]!, targets: targets[b]! }));
  const { losses, gradients } = await miniBatchGradients(model, learner, examples, job);
  const { maxGradNorm, ratioThreshold, onRatioExplosion } = config;
  const gradNorm = maxGradNorm === undefined ? globalNorm(gradients) : clipGlobalNorm(gradients, maxGradNorm);
  const record: DivergenceRecord = { epoch, responses, ...losses, gradNorm };
  const skipped = losses.meanRatio > ratioThreshold && onRatioExplosion === "skip";
  if (!skipped) {
    if (losses.meanRatio > ratioThreshold) {
      throw new DivergenceError(record, `the mean ratio is ${losses.meanRatio}, above ${ratioThreshold}`);
    }
    if (!Number.isFinite(losses.loss) || !Number.isFinite(gradNorm)) {
      throw new DivergenceError(record, `the loss is ${losses.loss} and its gradient's norm ${gradNorm}`);
    }
    learner.optimiser.update(gradients, job.learningRate);
  }
  return { ...losses, gradNorm, skipped };
}
