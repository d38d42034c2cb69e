import { join } from "node:path";
import { hashJson, processorName, seedOf, type JobControl } from "../../core";
import { fitRecommender, recommenders, type RecommenderName, type TrainingOptions } from "../../recommenders";
import type { PreparedData } from "../data/dataStage";
import type { Experiment } from "../experiment";
import { fittedResults } from "../recommenders/testAccuracies";
import type { Table1Vectors } from "./table1Vectors";
import type { Measured } from "./table1Tests";

/** What a table trains: every row for every recommender it is meant for, seeds counted from 1. */
export interface TrainingPlan {
  readonly table: "table-1" | "ablation" | "gated-ablation";
  readonly data: PreparedData;
  readonly rows: readonly Table1Vectors[];
  readonly models: readonly RecommenderName[];
  readonly seeds: number;
  /** The preset's of recommenders unless given. */
  readonly settings?: TrainingSettings;
}

/** How long a recommender is trained at most, and how. */
export type TrainingSettings = Pick<
  Experiment["preset"]["recommenders"],
  "epochs" | "evaluateEvery" | "batch" | "learningRate"
>;

/** One training of a plan. */
export interface TrainingJob {
  readonly name: RecommenderName;
  readonly row: Table1Vectors;
  readonly seed: number;
}

/** A plan's trainings in the table's order: recommender, row, seed. */
export function trainingJobs({
  rows,
  models,
  seeds,
}: Pick<TrainingPlan, "rows" | "models" | "seeds">): readonly TrainingJob[] {
  return models.flatMap((name) =>
    rows
      .filter((row) => row.only?.includes(name) ?? true)
      .flatMap((row) => seedsOf(row, seeds).map((seed) => ({ name, row, seed }))),
  );
}

/** Of the seeds, counted from 1, those that something is trained with: its own alone where it has one. */
export function seedsOf({ seed }: Pick<Table1Vectors, "seed">, seeds: number): readonly number[] {
  return Array.from({ length: seeds }, (_, at) => at + 1).filter((at) => (seed ?? at) === at);
}

/** Where a finished training is kept in the folder of partial work. */
export function trainingFile(work: string, { name, row, seed }: TrainingJob): string {
  return join(work, `${name}-${hashJson(row.variant).slice(0, 8)}-${seed}.json`);
}

/** How a row is trained; the same seed for every row of a recommender: rows differ in nothing but the vectors. */
export function table1Options(
  { preset, seed: runSeed }: Experiment,
  name: RecommenderName,
  seed: number,
  { batch, learningRate }: TrainingSettings = preset.recommenders,
): TrainingOptions {
  return { seed: seedOf(runSeed, "table 1", name, seed), batch, learningRate };
}

/** Trains one row on the cut, then on all of train, and tests it. */
export async function trainRow(
  experiment: Experiment,
  { data, settings = experiment.preset.recommenders }: TrainingPlan,
  { name, row, seed }: TrainingJob,
  { signal }: JobControl,
): Promise<Measured> {
  const { epochs, evaluateEvery } = settings;
  const started = Date.now();
  const definition = recommenders[name](row.augment, row.fusion === undefined ? {} : { fusion: row.fusion });
  const options = table1Options(experiment, name, seed, settings);
  const budget = { epochs, evaluateEvery };
  const stop = signal ? { signal } : {};
  const { choice, models } = await fitRecommender(
    definition,
    data.trainView,
    data.wholeSet,
    row.features,
    budget,
    options,
    stop,
  );
  const results = fittedResults(data.testView, models);
  const run = {
    recommender: name,
    variant: row.variant,
    fold: data.fold,
    seed,
    fullShot: results.fullShot.mean,
    zeroShot: results.zeroShot.mean,
    epochs: choice.epochs,
    seconds: (Date.now() - started) / 1000,
    processor: processorName(),
  };
  return { run, choice, results };
}
