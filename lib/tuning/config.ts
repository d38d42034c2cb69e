import type { Json } from "../core";
import type { LoraConfig } from "../llm";
import type { Schedule } from "./schedule";

/** How an adapter is tuned, whatever its examples are: dialogues, or pairs of a chosen and a rejected answer. */
export interface TuningConfig {
  /** Optimiser steps; give either this or `epochs`. */
  readonly steps?: number;
  /** Passes over the examples, rounded up to whole steps. */
  readonly epochs?: number;
  /** Examples that go through the model together. */
  readonly batch: number;
  /** Batches whose gradients make one step, each weighted by what its loss is a mean over (supervised tokens, pairs). */
  readonly accumulate: number;
  /** Learning rate after the warm-up. */
  readonly learningRate: number;
  readonly schedule: Schedule;
  readonly warmupSteps: number;
  readonly weightDecay: number;
  /** Largest global norm of a step's gradient. */
  readonly maxGradNorm: number;
  readonly lora: LoraConfig;
  /** Steps between measurements on held-out examples, which are also taken before the first and after the last step. */
  readonly evaluateEvery?: number;
  /** Steps between checkpoints; may change on resume. */
  readonly checkpointEvery: number;
  /** Computes activations again in the backward pass: less memory, more time. */
  readonly recompute?: boolean;
}

/** Optimiser steps of a run over `examples` examples; throws a RangeError for a configuration that makes no sense. */
export function stepsOf(config: TuningConfig, examples: number): number {
  const positive = { batch: config.batch, accumulate: config.accumulate, checkpointEvery: config.checkpointEvery };
  for (const [field, value] of Object.entries({ ...positive, evaluateEvery: config.evaluateEvery ?? 1 })) {
    if (!(Number.isInteger(value) && value >= 1))
      throw new RangeError(`Cannot tune with ${field} ${value}: it is a whole number above 0`);
  }
  for (const field of ["learningRate", "warmupSteps", "weightDecay"] as const) {
    if (!(config[field] >= 0)) throw new RangeError(`Cannot tune with ${field} ${config[field]}: it cannot be below 0`);
  }
  const { steps, epochs } = config;
  if ((steps === undefined) === (epochs === undefined))
    throw new RangeError("Cannot tune: give either steps or epochs");
  const total = steps ?? Math.ceil(((epochs as number) * examples) / (config.batch * config.accumulate));
  if (!(Number.isInteger(total) && total >= 1))
    throw new RangeError(`Cannot tune for ${total} steps: at least 1 is needed`);
  return total;
}

/** The part of a configuration that cannot change when a run is resumed. */
export function fixedPart({ checkpointEvery: _, ...fixed }: TuningConfig): Json {
  return JSON.parse(JSON.stringify(fixed)) as Json;
}
