import { join } from "node:path";
import { hashJson, jsonCodec, keptJson, seedOf, type JobControl, type Json } from "../core";
import { testCounts } from "../data";
import { evaluate } from "../metrics";
import {
  fitRecommender,
  recommenders,
  type EpochChoice,
  type RecommenderName,
  type TrainingOptions,
} from "../recommenders";
import { dataStage, type PreparedData } from "./dataStage";
import type { Experiment } from "./experiment";
import { profileStage } from "./profileStage";
import { defineStage, type Stage } from "./stage";
import type { Table1 } from "./table1";
import { floorRuns } from "./table1Floors";
import { table1Claims } from "./table1Claims";
import { table1Rows, type Table1Vectors } from "./table1Rows";
import { jsonOfMeasured, measuredOfJson, table1Tests, type Measured } from "./table1Tests";

/** Table 1 with the curves that its epochs were chosen from. */
export interface Table1Result {
  readonly table: Table1;
  /** Validation curves, one a recommender, variant and seed. */
  readonly curves: readonly {
    readonly recommender: string;
    readonly variant: string;
    readonly seed: number;
    readonly choice: EpochChoice;
  }[];
}

/** Base, Augmented and the controls for each recommender, then the floors; test pairs are touched after all choices. */
export const table1Stage: Stage<Table1Result> = defineStage<Table1Result>({
  name: "table-1",
  version: 2,
  notebook: "06-recommenders",
  inputs: (experiment) => ({
    profiles: profileStage.hash(experiment),
    encoder: experiment.encoder.hash,
    recommenders: JSON.parse(JSON.stringify(experiment.preset.recommenders)) as Json,
    seed: experiment.seed,
  }),
  codec: jsonCodec<Table1Result & Json>(),
  compute: async (experiment, work, control) => {
    const data = await dataStage.read(experiment);
    const profiles = await profileStage.read(experiment);
    const rows = await table1Rows(experiment, data, profiles);
    const measured = await trainRows(experiment, data, { rows, ...experiment.preset.recommenders }, work, control);
    const floors = await floorRuns(data, control);
    const label = experiment.preset.label;
    const sizes = [{ fold: data.fold, ...testCounts(data.testView) }];
    const runs = [...floors, ...measured.map(({ run }) => run)];
    const table = {
      dataset: data.name,
      preset: experiment.preset.name,
      label,
      sizes,
      runs,
      tests: table1Tests(measured),
      claims: table1Claims(measured),
    };
    return {
      table,
      curves: measured.map(({ run: { recommender, variant, seed }, choice }) => ({
        recommender,
        variant,
        seed,
        choice,
      })),
    };
  },
});

/** What is trained: every row for every recommender it is meant for, seeds counted from 1. */
export interface TrainingPlan {
  readonly rows: readonly Table1Vectors[];
  readonly models: readonly RecommenderName[];
  readonly seeds: number;
}

/** Trains and tests rows; finished trainings are kept one by one in `work`, so that a killed run goes on from the last. */
export async function trainRows(
  experiment: Experiment,
  data: PreparedData,
  { rows, models, seeds }: TrainingPlan,
  work: string,
  control: JobControl,
): Promise<readonly Measured[]> {
  const measured: Measured[] = [];
  const jobs = models.flatMap((name) =>
    rows.filter((row) => row.only?.includes(name) ?? true).map((row) => ({ name, row })),
  );
  for (const { name, row } of jobs) {
    for (let seed = 1; seed <= seeds; seed++) {
      const file = join(work, `${name}-${hashJson(row.variant).slice(0, 8)}-${seed}.json`);
      const train = async (): Promise<Json> =>
        jsonOfMeasured(await trainRow(experiment, data, name, row, seed, control));
      const result = measuredOfJson(await keptJson(file, train));
      measured.push(result);
      const values = { "full R@20": result.run.fullShot!.recall20, "zero R@20": result.run.zeroShot!.recall20 };
      control.progress?.({
        label: `${name}, ${row.variant}`,
        done: measured.length,
        total: jobs.length * seeds,
        unit: "trainings",
        values,
      });
    }
  }
  return measured;
}

/** How a row is trained; the same seed for every row of a recommender: rows differ in nothing but the vectors. */
export function table1Options(
  { preset, seed: runSeed }: Experiment,
  name: RecommenderName,
  seed: number,
): TrainingOptions {
  const { batch, learningRate } = preset.recommenders;
  return { seed: seedOf(runSeed, "table 1", name, seed), batch, learningRate };
}

async function trainRow(
  experiment: Experiment,
  data: PreparedData,
  name: RecommenderName,
  row: Table1Vectors,
  seed: number,
  { signal }: JobControl,
): Promise<Measured> {
  const { epochs, evaluateEvery } = experiment.preset.recommenders;
  const started = Date.now();
  const definition = recommenders[name](row.augment);
  const options = table1Options(experiment, name, seed);
  const budget = { epochs, evaluateEvery };
  const stop = signal ? { signal } : {};
  const fitted = await fitRecommender(definition, data.trainView, data.wholeSet, row.features, budget, options, stop);
  const fullShot = evaluate(fitted.models.fullShot.scorer, data.testView.fullShot);
  const zeroShot = evaluate(fitted.models.zeroShot.scorer, data.testView.zeroShot);
  const run = {
    recommender: name,
    variant: row.variant,
    fold: data.fold,
    seed,
    fullShot: fullShot.mean,
    zeroShot: zeroShot.mean,
    epochs: fitted.choice.epochs,
    seconds: (Date.now() - started) / 1000,
  };
  return { run, choice: fitted.choice, results: { fullShot, zeroShot } };
}
