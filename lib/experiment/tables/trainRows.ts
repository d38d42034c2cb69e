import { existsSync } from "node:fs";
import { keptJson, secondsLeft, type JobControl, type Json } from "../../core";
import type { Experiment } from "../experiment";
import { jsonOfMeasured, measuredOfJson, type Measured } from "./table1Tests";
import { trainInWorkers } from "../recommenders/trainingCrew";
import { trainingFile, trainingJobs, trainRow, type TrainingPlan } from "./trainings";

/**
 * Trains and tests rows; finished trainings are kept one by one in `work`, so that a killed run goes on from the last. Where
 * `RECLM_WORKERS` names two or more, that many processes of one thread each train side by side.
 */
export async function trainRows(
  experiment: Experiment,
  plan: TrainingPlan,
  work: string,
  control: JobControl,
): Promise<readonly Measured[]> {
  const jobs = trainingJobs(plan);
  const openPlaces = (): number[] => Array.from(jobs.keys()).filter((at) => !existsSync(trainingFile(work, jobs[at]!)));
  const names = jobs.map(({ name, row, seed }) => `${name}, ${row.variant}, seed ${seed}`);
  await trainInWorkers({ experiment, list: plan.table, work, names, open: openPlaces() }, control);
  const open = new Set(openPlaces());
  const own = open.size;
  const started = performance.now();
  const measured: Measured[] = [];
  for (const [at, job] of jobs.entries()) {
    const train = async (): Promise<Json> => jsonOfMeasured(await trainRow(experiment, plan, job, control));
    const result = measuredOfJson(await keptJson(trainingFile(work, job), train));
    measured.push(result);
    if (!open.delete(at)) continue;
    const here = { label: `${job.name}, ${job.row.variant}`, unit: "trainings" };
    const left = secondsLeft({ ...here, done: own - open.size, total: own }, (performance.now() - started) / 1000) ?? 0;
    const { fullShot, zeroShot } = result.results;
    control.progress?.({
      ...here,
      done: measured.length,
      total: jobs.length,
      values: {
        "full R@20": fullShot.mean.recall20,
        "zero R@20": zeroShot.mean.recall20,
        "minutes left": left / 60,
      },
    });
  }
  return measured;
}
