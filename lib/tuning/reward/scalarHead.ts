/*
 * Departure from transformers' sequence classification, which the authors use (normal with standard deviation 0.02 and no
 * bias): the head starts as in lm-human-preference-details, so that first scores have a spread of about 1 at any width.
 */
import { randomNormal, type Prng } from "../../core";
import type { ScalarHead } from "../../llm";

/**
 * An untrained head over `width` entries: weights normal with standard deviation 1 / sqrt(width + 1), bias 0
 * (lm-human-preference-details, train_reward_accelerate.py).
 *
 * @example initialScalarHead(model.config.width, prngOf(seed, "head"))
 */
export function initialScalarHead(width: number, prng: Prng): ScalarHead {
  if (!(Number.isInteger(width) && width >= 1))
    throw new RangeError(`Cannot make a head over ${width} entries: at least 1 is needed`);
  const deviation = 1 / Math.sqrt(width + 1);
  return {
    weight: Float32Array.from({ length: width }, () => deviation * randomNormal(prng)),
    bias: new Float32Array(1),
  };
}
