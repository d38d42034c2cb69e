// Beyond the paper: which fusion uses what profiles know? Epochs of the trained fusions are chosen with the profiles that are tested,
// in which an item that is cold for validation alone has the profile that its audience wrote; heads are chosen without (fusionVectors).
import { join } from "node:path";
import { jsonCodec, keptJson, seedOf, type JobControl, type Json } from "../../core";
import { contentScorer, type AccuracyResult } from "../../metrics";
import {
  fitRecommender,
  recommenders,
  trainForEpochs,
  unaugmented,
  type Fitted,
  type TrainingOptions,
} from "../../recommenders";
import { dataStage, type PreparedData } from "../data/dataStage";
import type { Experiment } from "../experiment";
import { headAccuracy, type HeadBases, type HeadInputs } from "./fusionHead";
import { fusionVectors, type FusionVectors } from "./fusionVectors";
import { profileStage } from "../profiles/profileStage";
import { defineStage, type Stage } from "../stage";
import type { Accuracy, Setting } from "../paper/accuracy";
import { teacherInputs } from "../instructions/teachers";
import { testResults } from "../recommenders/testAccuracies";
import { trainStages } from "../recommenders/trainStages";

/**
 * The fusions that are compared: none, nothing but texts, the paper's, gates, and the closed-form heads on Base's cold items, with
 * profiles alone and with the history's text beside them.
 */
export const fusionNames = ["Base", "content cosine", "reclm", "gated", "late head", "head + history"] as const;
export type FusionName = (typeof fusionNames)[number];

/** Whether it is given vectors in the profiles' place; the others are what it is held against. */
export function isFused(fusion: FusionName): boolean {
  return fusion !== "Base" && fusion !== "content cosine";
}

const headsInputs: Readonly<Partial<Record<FusionName, HeadInputs>>> = {
  "late head": "profiles",
  "head + history": "profiles and history",
};

/** One fusion with one kind of vectors, on one fold, with one seed. */
export interface FusionRun extends Readonly<Record<Setting, Accuracy>> {
  readonly fusion: FusionName;
  /** What stood in the profiles' place; "none" for Base and content cosine. */
  readonly vectors: string;
  readonly fold: number;
  readonly seed: number;
  /** [n] Recall@20 of every test user, to five decimals; where the language model's profiles are compared. */
  readonly users?: Readonly<Record<Setting, readonly number[]>>;
}

/** The experiment with another fold of items cold. */
export function withFold(experiment: Experiment, fold: number): Experiment {
  if (fold === experiment.preset.fold) return experiment;
  return { ...experiment, preset: { ...experiment.preset, fold } };
}

/** All fusions on one fold. Profiles by the language model are those of the preset's own fold; other folds have the teacher's. */
export function fusionStageOf(fold: number): Stage<readonly FusionRun[]> {
  return defineStage<readonly FusionRun[]>({
    name: `fusions-${fold}`,
    version: 4,
    notebook: "12-fusions",
    inputs: (experiment) => ({
      data: dataStage.hash(withFold(experiment, fold)),
      ...(fold === experiment.preset.fold ? { profiles: profileStage.hash(experiment) } : {}),
      encoder: experiment.encoder.hash,
      ...teacherInputs(experiment),
      settings: JSON.parse(JSON.stringify(experiment.preset.fusions)) as Json,
      seed: experiment.seed,
    }),
    codec: jsonCodec<readonly FusionRun[] & Json>(),
    compute: (experiment, work, control) =>
      foldRuns(withFold(experiment, fold), fold === experiment.preset.fold, work, control),
  });
}

/** A stage for each of the preset's folds; a teacher's file was written from one fold's histories, and would tell others what is cold. */
export function fusionStages({ preset }: Experiment): readonly Stage<readonly FusionRun[]>[] {
  return (preset.teacher ? [preset.fold] : preset.fusions.folds).map(fusionStageOf);
}

/** The trainings of all the preset's folds. */
export async function runFusions(experiment: Experiment, control: JobControl = {}): Promise<readonly FusionRun[]> {
  return (await trainStages(experiment, "fusions", fusionStages(experiment), control)).flat();
}

type Results = Readonly<Record<Setting, AccuracyResult>>;

interface Job {
  readonly fusion: FusionName;
  readonly vectors: FusionVectors | undefined;
}

async function foldRuns(
  experiment: Experiment,
  isOwn: boolean,
  work: string,
  control: JobControl,
): Promise<readonly FusionRun[]> {
  const data = await dataStage.run(experiment, control);
  const written = isOwn ? await profileStage.read(experiment) : undefined;
  const jobs = jobsOf(await fusionVectors(experiment, data, written, control));
  const { seeds } = experiment.preset.fusions;
  const runs: FusionRun[] = [];
  for (let seed = 1; seed <= seeds; seed++) {
    const resultsOf = trainer(experiment, data, seed, control);
    for (const [at, job] of jobs.entries()) {
      // It has nothing to draw.
      if (job.fusion === "content cosine" && seed > 1) continue;
      const run = await keptJson(join(work, `${seed}-${at}.json`), async (): Promise<FusionRun> => {
        const names = { fusion: job.fusion, vectors: job.vectors?.name ?? "none" };
        return { ...names, fold: data.fold, seed, ...measuredOf(await resultsOf(job), isOwn) };
      });
      runs.push(run);
      const done = (seed - 1) * jobs.length + at + 1;
      control.progress?.({ label: "fusions", done, total: jobs.length * seeds, unit: "designs" });
    }
  }
  return runs;
}

function jobsOf(sets: readonly FusionVectors[]): readonly Job[] {
  return fusionNames.flatMap((fusion): readonly Job[] => {
    if (!isFused(fusion)) return [{ fusion, vectors: undefined }];
    // That head sees items' texts alone.
    const seen = fusion === "head + history" ? sets.filter(({ name }) => name !== "oracle items") : sets;
    return seen.map((vectors) => ({ fusion, vectors }));
  });
}

/** What each job of a seed reaches; Base, which heads stand on, is trained once. */
function trainer(
  experiment: Experiment,
  data: PreparedData,
  seed: number,
  control: JobControl,
): (job: Job) => Promise<Results> {
  let base: Fitted | undefined;
  let bases: HeadBases | undefined;
  const fit = (job: Job): Promise<Fitted> => fitted(experiment, data, job, seed, control);
  const plain = async (): Promise<Fitted> => (base ??= await fit({ fusion: "Base", vectors: undefined }));
  const both = async (): Promise<HeadBases> =>
    (bases ??= await onCutToo(experiment, data, await plain(), seed, control));
  return async (job) => {
    const { fusion, vectors } = job;
    const inputs = headsInputs[fusion];
    if (inputs && vectors) return headAccuracy(data, vectors, await both(), inputs);
    if (fusion === "content cosine") return cosineResults(data);
    return fittedResults(data, fusion === "Base" ? await plain() : await fit(job));
  };
}

function cosineResults({ wholeSet, itemText, testView }: PreparedData): Results {
  const scorer = contentScorer(wholeSet.train, itemText);
  return testResults(testView, { fullShot: scorer, zeroShot: scorer });
}

async function onCutToo(
  experiment: Experiment,
  { trainView, itemText }: PreparedData,
  { choice, models }: Fitted,
  seed: number,
  { signal }: JobControl,
): Promise<HeadBases> {
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

function fitted(
  experiment: Experiment,
  data: PreparedData,
  { fusion, vectors }: Job,
  seed: number,
  { signal }: JobControl,
): Promise<Fitted> {
  const { recommender, epochs, evaluateEvery } = experiment.preset.fusions;
  // The paper's fusion has one network for both sides' profiles, which must be of one width.
  const user = fusion !== "reclm" || vectors?.whole.users.cols === vectors?.whole.items.cols;
  const augment = vectors ? { user, item: true } : unaugmented;
  const definition = recommenders[recommender](augment, { fusion: fusion === "gated" ? "gated" : "reclm" });
  const pair = fusion === "gated" ? vectors?.compact : vectors?.whole;
  const profiles = pair ? { userProfiles: pair.users, itemProfiles: pair.items } : {};
  const features = { itemText: data.itemText, ...profiles };
  const budget = { epochs, evaluateEvery };
  const stop = signal ? { signal } : {};
  return fitRecommender(definition, data.trainView, data.wholeSet, features, budget, optionsOf(experiment, seed), stop);
}

function fittedResults({ testView }: PreparedData, { models }: Fitted): Results {
  return testResults(testView, { fullShot: models.fullShot.scorer, zeroShot: models.zeroShot.scorer });
}

function measuredOf({ fullShot, zeroShot }: Results, withUsers: boolean): Pick<FusionRun, Setting | "users"> {
  const means = { fullShot: fullShot.mean, zeroShot: zeroShot.mean };
  if (!withUsers) return means;
  const recalls = ({ perUser }: AccuracyResult): readonly number[] =>
    Array.from(perUser.recall20, (value) => Number(value.toFixed(5)));
  return { ...means, users: { fullShot: recalls(fullShot), zeroShot: recalls(zeroShot) } };
}
