import { meanOf } from "../../core";
import type { PpoSeconds, PpoStep } from "./ppoJob";
import type { Experience } from "./experience";
import { explainedVariance, meanSequenceKl, tokenMean } from "./statistics";
import type { MiniBatchRecord, PpoUpdate } from "./update";

/** What a step's record is made from. */
export interface PpoStepParts {
  readonly step: number;
  readonly experience: Experience;
  readonly update: PpoUpdate;
  readonly klCoef: number;
  readonly learningRate: number;
  readonly seconds: PpoSeconds;
}

/** The record of a finished step. */
export function ppoStepOf({ step, experience, update, klCoef, learningRate, seconds }: PpoStepParts): PpoStep {
  const { samples, entropies } = experience;
  const { targets, miniBatches, stoppedEarly } = update;
  const done = miniBatches.filter(({ skipped }) => !skipped);
  const average = (field: Exclude<keyof MiniBatchRecord, "skipped">) => meanOf(done.map((record) => record[field]));
  return {
    step,
    score: meanOf(samples.map(({ score }) => score)),
    sequenceKl: meanSequenceKl(
      samples.map(({ oldLogProbs }) => oldLogProbs),
      samples.map(({ refLogProbs }) => refLogProbs),
    ),
    entropy: tokenMean(entropies),
    policyLoss: average("policyLoss"),
    valueLoss: average("valueLoss"),
    clipShare: average("clipShare"),
    valueClipShare: average("valueClipShare"),
    approxKl: average("approxKl"),
    maxRatio: Math.max(...done.map(({ maxRatio }) => maxRatio)),
    gradNorm: average("gradNorm"),
    explainedVariance: explainedVariance(
      samples.flatMap(({ oldValues }) => [...oldValues]),
      targets.flatMap(({ returns }) => [...returns]),
    ),
    responseLength: meanOf(samples.map(({ oldLogProbs }) => oldLogProbs.length)),
    endOfTurnShare: meanOf(samples.map(({ ended }) => (ended ? 1 : 0))),
    klCoef,
    learningRate,
    samplerDifference: samplerDifference(experience),
    miniBatches: miniBatches.length,
    skipped: miniBatches.length - done.length,
    stoppedEarly,
    seconds,
  };
}

function samplerDifference({ samples }: Experience): number | null {
  const differences = samples.flatMap(({ oldLogProbs, samplerLogProbs }) =>
    samplerLogProbs ? [oldLogProbs.map((value, t) => Math.abs(value - samplerLogProbs[t]!))] : [],
  );
  return differences.length > 0 ? tokenMean(differences) : null;
}
