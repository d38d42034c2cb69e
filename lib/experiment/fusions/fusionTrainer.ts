// Departure from notebook 06, where epochs are chosen with the profiles that are tested: here everything that is chosen is chosen with
// vectors in which an item that is cold for validation is cold (fusionVectors).
import { remembered, seedOf, type JobControl } from "../../core";
import { contentScorer, type AccuracyResult } from "../../metrics";
import {
  chooseEpochs,
  recommenders,
  trainForEpochs,
  unaugmented,
  type Features,
  type Fitted,
  type LateHead,
  type PerSetting,
  type Trained,
  type TrainingOptions,
} from "../../recommenders";
import type { PreparedData } from "../data/dataStage";
import type { Experiment } from "../experiment";
import { fittedHeads, headAccuracy, type HeadInputs } from "./fusionHead";
import type { FusionName } from "./fusionNames";
import type { FusionVectors, VectorPair, WholeAndCut } from "./fusionVectors";
import type { Setting } from "../paper/accuracy";
import { fittedResults, testResults } from "../recommenders/testAccuracies";

/** A fusion with what stands in the profiles' place; undefined for Base and content cosine. */
export interface FusionJob {
  readonly fusion: FusionName;
  readonly vectors: FusionVectors | undefined;
}

export type FusionResults = Readonly<Record<Setting, AccuracyResult>>;

const headsInputs: Readonly<Partial<Record<FusionName, HeadInputs>>> = {
  "late head": "profiles",
  "head + history": "profiles and history",
};

/** What each job reaches with a seed; Base, which heads stand on, is trained once a seed, a head fitted once for the seeds in a row. */
export function fusionTrainer(
  experiment: Experiment,
  data: PreparedData,
  control: JobControl,
): (job: FusionJob, seed: number) => Promise<FusionResults> {
  const plain = remembered((seed: number) =>
    fitted(experiment, data, { fusion: "Base", vectors: undefined }, seed, control),
  );
  const bases = remembered(async (seed: number) => onCutToo(experiment, data, await plain(seed), seed, control));
  let heads: { readonly job: FusionJob; readonly fitted: WholeAndCut<LateHead> } | undefined;
  return async (job, seed) => {
    const { fusion, vectors } = job;
    const inputs = headsInputs[fusion];
    if (inputs && vectors) {
      if (heads?.job !== job) heads = { job, fitted: await fittedHeads(data, vectors.full, inputs) };
      return headAccuracy(data, heads.fitted, await bases(seed));
    }
    if (fusion === "content cosine") return cosineResults(data);
    const { models } = await (fusion === "Base" ? plain(seed) : fitted(experiment, data, job, seed, control));
    return fittedResults(data.testView, models);
  };
}

function cosineResults({ wholeSet, itemText, testView }: PreparedData): FusionResults {
  const scorer = contentScorer(wholeSet.train, itemText);
  return testResults(testView, { fullShot: scorer, zeroShot: scorer });
}

async function onCutToo(
  experiment: Experiment,
  { trainView, itemText }: PreparedData,
  { choice, models }: Fitted,
  seed: number,
  { signal }: JobControl,
): Promise<WholeAndCut<PerSetting<Trained>>> {
  const definition = recommenders[experiment.preset.fusions.recommender](unaugmented);
  const options = optionsOf(experiment, seed);
  const stop = signal ? { signal } : {};
  const cut = await trainForEpochs(definition, trainView, { itemText }, choice.epochs, options, stop);
  return { whole: models, cut };
}

function optionsOf({ preset, seed: runSeed }: Experiment, seed: number): TrainingOptions {
  const { recommender, batch, learningRate } = preset.fusions;
  return { seed: seedOf(runSeed, "fusions", recommender, seed), batch, learningRate };
}

async function fitted(
  experiment: Experiment,
  { trainView, wholeSet, itemText }: PreparedData,
  { fusion, vectors }: FusionJob,
  seed: number,
  { signal }: JobControl,
): Promise<Fitted> {
  const { recommender, epochs, evaluateEvery } = experiment.preset.fusions;
  const given = fusion === "gated" ? vectors?.compact : vectors?.full;
  // The paper's fusion has one network for both sides' profiles, which must be of one width.
  const user = fusion !== "reclm" || given?.whole.users.cols === given?.whole.items.cols;
  const augment = given ? { user, item: true } : unaugmented;
  const definition = recommenders[recommender](augment, { fusion: fusion === "gated" ? "gated" : "reclm" });
  const featuresOf = (pair: VectorPair | undefined): Features =>
    pair ? { itemText, userProfiles: pair.users, itemProfiles: pair.items } : { itemText };
  const [options, budget, stop] = [optionsOf(experiment, seed), { epochs, evaluateEvery }, signal ? { signal } : {}];
  const choice = await chooseEpochs(definition, trainView, featuresOf(given?.cut), budget, options, stop);
  const models = await trainForEpochs(definition, wholeSet, featuresOf(given?.whole), choice.epochs, options, stop);
  return { choice, models };
}
