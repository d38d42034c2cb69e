import {
  sequenceScalarGradients,
  type Adapter,
  type LanguageModel,
  type LossOptions,
  type ScalarHead,
} from "../../llm";
import type { BatchGradients } from "../accumulate";
import { adapterGradients, adapterParameters } from "../parameters";
import { pairwiseLoss } from "./pairwiseLoss";
import type { TokenisedPair } from "./rewardJob";

/** An adapter's and a head's own arrays in the order of `rewardGradients`, named as in checkpoints. */
export function rewardParameters(adapter: Adapter, head: ScalarHead): ReadonlyMap<string, Float32Array> {
  return new Map([...adapterParameters(adapter), ["head.weight", head.weight], ["head.bias", head.bias]]);
}

/**
 * Pairwise loss of a batch of pairs, with its gradients by every array of `rewardParameters`; both answers of a pair, and all
 * pairs, go through the model in one pass.
 *
 * The bias has a gradient of exactly 0: it raises both answers alike.
 */
export async function rewardGradients(
  model: LanguageModel,
  adapter: Adapter,
  head: ScalarHead,
  pairs: readonly TokenisedPair[],
  options: LossOptions = {},
): Promise<BatchGradients<"accuracy">> {
  // Chosen and rejected take turns, so that in the bias's sum each derivative meets its negative at once and nothing is rounded.
  const sequences = pairs.flatMap(({ chosen, rejected }) => [chosen, rejected]);
  const found = await sequenceScalarGradients(model, adapter, head, sequences, ofPairs, options);
  const { loss, right } = found.result;
  return {
    loss,
    gradients: [...adapterGradients(adapter, found.gradients), found.head.weight, found.head.bias],
    weight: pairs.length,
    tokens: sequences.reduce((sum, { length }) => sum + length, 0),
    metrics: { accuracy: right / pairs.length },
  };
}

/** The pairwise loss of scores that are chosen and rejected in turn. */
function ofPairs(scalars: Float32Array) {
  const result = pairwiseLoss(everySecond(scalars, 0), everySecond(scalars, 1));
  const derivatives = scalars.map((_, i) => (i % 2 === 0 ? 1 : -1) * result.derivatives[i >> 1]!);
  return { result, derivatives };
}

function everySecond(values: Float32Array, first: number): Float32Array {
  return values.filter((_, i) => i % 2 === first);
}
