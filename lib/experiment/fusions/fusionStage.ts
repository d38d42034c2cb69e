// Beyond the paper: which fusion uses what profiles know?
import { join } from "node:path";
import { jsonCodec, keptJson, type JobControl, type Json } from "../../core";
import type { AccuracyResult } from "../../metrics";
import { dataStage } from "../data/dataStage";
import { checkTestable } from "../data/testable";
import type { Experiment } from "../experiment";
import { fusionNames, isFused, type FusionName } from "./fusionNames";
import { fusionTrainer, type FusionJob, type FusionResults } from "./fusionTrainer";
import { fusionVectors, type FusionVectors } from "./fusionVectors";
import { roundedRecalls } from "./roundedRecalls";
import { profileStage } from "../profiles/profileStage";
import { defineStage, type Stage } from "../stage";
import type { Accuracy, Setting } from "../paper/accuracy";
import { teacherInputs } from "../instructions/teachers";
import { trainStages } from "../recommenders/trainStages";
import { seedsOf } from "../tables/trainings";

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
    version: 5,
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

async function foldRuns(
  experiment: Experiment,
  isOwn: boolean,
  work: string,
  control: JobControl,
): Promise<readonly FusionRun[]> {
  const data = await dataStage.run(experiment, control);
  checkTestable(data);
  const written = isOwn ? await profileStage.read(experiment) : undefined;
  const jobs = jobsOf(await fusionVectors(experiment, data, written, control));
  const { seeds } = experiment.preset.fusions;
  const resultsOf = fusionTrainer(experiment, data, control);
  const runs: FusionRun[] = [];
  // A job's seeds in a row: a head is fitted once for all of them.
  const planned = jobs.flatMap((job, at) => trainedSeeds(job, seeds).map((seed) => ({ job, at, seed })));
  for (const { job, at, seed } of planned) {
    const run = await keptJson(join(work, `${seed}-${at}.json`), async (): Promise<FusionRun> => {
      const names = { fusion: job.fusion, vectors: job.vectors?.name ?? "none" };
      return { ...names, fold: data.fold, seed, ...measuredOf(await resultsOf(job, seed), isOwn) };
    });
    runs.push(run);
    control.progress?.({ label: "fusions", done: runs.length, total: planned.length, unit: "designs" });
  }
  return runs;
}

/** Texts alone have nothing to draw, a deal of profiles belongs to one seed. */
function trainedSeeds({ fusion, vectors }: FusionJob, seeds: number): readonly number[] {
  return fusion === "content cosine" ? [1] : seedsOf(vectors ?? {}, seeds);
}

function jobsOf(sets: readonly FusionVectors[]): readonly FusionJob[] {
  return fusionNames.flatMap((fusion): readonly FusionJob[] => {
    if (!isFused(fusion)) return [{ fusion, vectors: undefined }];
    // That head sees items' texts alone.
    const seen = fusion === "head + history" ? sets.filter(({ name }) => name !== "oracle items") : sets;
    return seen.map((vectors) => ({ fusion, vectors }));
  });
}

function measuredOf({ fullShot, zeroShot }: FusionResults, withUsers: boolean): Pick<FusionRun, Setting | "users"> {
  const means = { fullShot: fullShot.mean, zeroShot: zeroShot.mean };
  if (!withUsers) return means;
  const recalls = ({ perUser }: AccuracyResult): readonly number[] => roundedRecalls(perUser.recall20);
  return { ...means, users: { fullShot: recalls(fullShot), zeroShot: recalls(zeroShot) } };
}
