import { isFinished, labelled, type JobControl } from "../../core";
import type { Experiment } from "../experiment";
import type { Stage } from "../stage";
import { trainInWorkers, type CrewList } from "./trainingCrew";

/**
 * The results of stages that do not read each other, computed where they are not there; where `RECLM_WORKERS` names two or more, in
 * that many processes of one thread each.
 *
 * @param list the name that trainingWorker.ts knows the same stages by, in the same order
 */
export async function trainStages<T>(
  experiment: Experiment,
  list: CrewList,
  stages: readonly Stage<T>[],
  control: JobControl,
): Promise<readonly T[]> {
  const open = Array.from(stages.keys()).filter((at) => !isFinished(stages[at]!.folder(experiment)));
  const names = stages.map(({ name }) => name);
  await trainInWorkers({ experiment, list, work: "", names, open }, control);
  const results: T[] = [];
  for (const [at, stage] of stages.entries()) {
    results.push(await stage.run(experiment, labelled(control, `${stage.name} (${at + 1} of ${stages.length})`)));
  }
  return results;
}
