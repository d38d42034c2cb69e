import { policyGradients, type LanguageModel, type PolicyRows } from "../../llm";
import type { PpoUpdateConfig } from "./config";
import type { PpoLearner } from "./learner";
import { policyLoss } from "./policyLoss";
import type { PpoSample, PpoTargets } from "./sample";
import { valueLoss } from "./valueLoss";

/** One response of a mini-batch. */
export interface PpoExample {
  readonly sample: PpoSample;
  readonly targets: PpoTargets;
}

/** Losses of a mini-batch before its step; means and shares are over its tokens. */
export interface MiniBatchLosses {
  /** policyLoss + valueCoef * valueLoss. */
  readonly loss: number;
  readonly policyLoss: number;
  readonly valueLoss: number;
  readonly clipShare: number;
  readonly valueClipShare: number;
  readonly approxKl: number;
  readonly policyKl: number;
  readonly entropy: number;
  readonly meanRatio: number;
  readonly maxRatio: number;
}

/** What `miniBatchGradients` needs beside the examples. */
export interface MiniBatchOptions {
  readonly config: PpoUpdateConfig;
  readonly temperature: number;
  readonly signal?: AbortSignal;
}

/** Losses of a mini-batch and their gradients in the order of the learner's parameters; dropout is off. */
export async function miniBatchGradients(
  model: LanguageModel,
  learner: PpoLearner,
  examples: readonly PpoExample[],
  { config, temperature, signal }: MiniBatchOptions,
): Promise<{ readonly losses: MiniBatchLosses; readonly gradients: readonly Float32Array[] }> {
  const tokens = examples.reduce((sum, { sample }) => sum + sample.oldLogProbs.length, 0);
  const { microBatch = config.miniBatch, recompute = false } = config;
  const options = {
    temperature,
    head: learner.head,
    detachScalars: config.valueGradient === "head",
    recompute,
    ...(signal ? { signal } : {}),
  };
  let losses: MiniBatchLosses | undefined;
  let gradients: Float32Array[] | undefined;
  for (let first = 0; first < examples.length; first += microBatch) {
    const part = examples.slice(first, first + microBatch);
    const dialogues = part.map(({ sample }) => sample.dialogue);
    const objective = (rows: readonly PolicyRows[]) => ppoObjective(rows, part, tokens, config);
    const found = await policyGradients(model, learner.adapter, dialogues, objective, options);
    const added = learner.flat(found);
    losses = losses ? addLosses(losses, found.result) : found.result;
    gradients = gradients?.map((sum, p) => sum.map((value, i) => value + added[p]![i]!)) ?? added;
  }
  if (!losses || !gradients) throw new RangeError("Cannot update on a mini-batch: it holds no response");
  return { losses, gradients };
}

/** The clipped losses of some of a mini-batch's responses, and their derivatives by each log p and value. */
function ppoObjective(
  rows: readonly PolicyRows[],
  examples: readonly PpoExample[],
  tokens: number,
  config: PpoUpdateConfig,
) {
  const each = examples.map(({ sample, targets }, b) => {
    const { logProbs, scalars, entropies } = rows[b]!;
    const { advantages, returns, weights } = targets;
    const { oldLogProbs, oldValues } = sample;
    const policyTokens = { logProbs, oldLogProbs, advantages, ...(weights ? { weights } : {}) };
    const policy = policyLoss(policyTokens, { ...config, tokens });
    const value = valueLoss({ values: scalars, oldValues, returns }, { ...config, tokens });
    const losses: MiniBatchLosses = {
      loss: policy.loss + config.valueCoef * value.loss,
      policyLoss: policy.loss,
      valueLoss: value.loss,
      clipShare: policy.clipShare,
      valueClipShare: value.clipShare,
      approxKl: policy.approxKl,
      policyKl: policy.policyKl,
      entropy: entropies.reduce((sum, entropy) => sum + entropy, 0) / tokens,
      meanRatio: policy.meanRatio,
      maxRatio: policy.maxRatio,
    };
    const byValues = value.derivatives.map((derivative) => config.valueCoef * derivative);
    return { losses, derivatives: { logProbs: policy.derivatives, scalars: byValues } };
  });
  return {
    result: each.map(({ losses }) => losses).reduce(addLosses),
    derivatives: each.map(({ derivatives }) => derivatives),
  };
}

/** Each part was divided by the whole's count of tokens, so that all but the maximum add up. */
function addLosses(left: MiniBatchLosses, right: MiniBatchLosses): MiniBatchLosses {
  return {
    loss: left.loss + right.loss,
    policyLoss: left.policyLoss + right.policyLoss,
    valueLoss: left.valueLoss + right.valueLoss,
    clipShare: left.clipShare + right.clipShare,
    valueClipShare: left.valueClipShare + right.valueClipShare,
    approxKl: left.approxKl + right.approxKl,
    policyKl: left.policyKl + right.policyKl,
    entropy: left.entropy + right.entropy,
    meanRatio: left.meanRatio + right.meanRatio,
    maxRatio: Math.max(left.maxRatio, right.maxRatio),
  };
}
