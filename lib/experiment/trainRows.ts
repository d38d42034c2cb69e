import { existsSync } from "node:fs";
import { keptJson, type JobControl, type Json } from "../core";
import type { Experiment } from "./experiment";
import { jsonOfMeasured, measuredOfJson, type Measured } from "./table1Tests";
import { trainInWorkers } from "./trainingCrew";
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
  const open = Array.from(jobs.keys()).filter((at) => !existsSync(trainingFile(work, jobs[at]!)));
  const names = jobs.map(({ name, row, seed }) => `${name}, ${row.variant}, seed ${seed}`);
  await trainInWorkers({ experiment, list: plan.table, work, names, open }, control);
  const started = performance.now();
  const left = jobs.filter((job) => !existsSync(trainingFile(work, job))).length;
  let trained = 0;
  const measured: Measured[] = [];
  for (const job of jobs) {
    const file = trainingFile(work, job);
    const isKept = existsSync(file);
    const train = async (): Promise<Json> => jsonOfMeasured(await trainRow(experiment, plan.data, job, control));
    const result = measuredOfJson(await keptJson(file, train));
    measured.push(result);
    if (isKept) continue;
    trained++;
    const minutesEach = (performance.now() - started) / 60_000 / trained;
    const { fullShot, zeroShot } = result.results;
    control.progress?.({
      label: `${job.name}, ${job.row.variant}`,
      done: measured.length,
      total: jobs.length,
      unit: "trainings",
      values: {
        "full R@20": fullShot.mean.recall20,
        "zero R@20": zeroShot.mean.recall20,
        "minutes left": minutesEach * (left - trained),
      },
    });
  }
  return measured;
}
