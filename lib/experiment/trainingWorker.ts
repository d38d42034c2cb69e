// A process of the crew of trainingCrew.ts: told an experiment and a list of trainings, then one training after the other.
import { keptJson, messageOf, StageStore } from "../core";
import { ablationPlan } from "./tables/ablationStage";
import { baseStages } from "./recommenders/baseStage";
import type { Experiment } from "./experiment";
import { fusionStages } from "./fusions/fusionStage";
import { gatedAblationPlan } from "./fusions/gatedAblationStage";
import { libraryBuild } from "./recommenders/libraryBuild";
import { pathsOfClone } from "./paths";
import type { Stage } from "./stage";
import { table1Plan } from "./tables/table1Stage";
import { jsonOfMeasured } from "./tables/table1Tests";
import type { CrewAnswer, CrewList, CrewOrder, CrewTask } from "./recommenders/trainingCrew";
import { trainingFile, trainingJobs, trainRow, type TrainingPlan } from "./tables/trainings";

/** Trains and keeps the training at a place of a list. */
type Train = (place: number) => Promise<void>;

const trainers: Readonly<Record<CrewList, (experiment: Experiment, work: string) => Promise<Train>>> = {
  "table-1": async (experiment, work) => rowTrainer(experiment, await table1Plan(experiment), work),
  ablation: async (experiment, work) => rowTrainer(experiment, await ablationPlan(experiment), work),
  "gated-ablation": async (experiment, work) => rowTrainer(experiment, await gatedAblationPlan(experiment), work),
  bases: async (experiment) => stageTrainer(experiment, baseStages(experiment)),
  fusions: async (experiment) => stageTrainer(experiment, fusionStages(experiment)),
};

function rowTrainer(experiment: Experiment, plan: TrainingPlan, work: string): Train {
  const jobs = trainingJobs(plan);
  return async (place) => {
    const job = jobs[place]!;
    const train = async () => jsonOfMeasured(await trainRow(experiment, plan, job, {}));
    await keptJson(trainingFile(work, job), train);
  };
}

function stageTrainer(experiment: Experiment, stages: readonly Stage<unknown>[]): Train {
  return async (place) => {
    await stages[place]!.run(experiment);
  };
}

function experimentOf({ store, cache, preset, seed, model, encoder }: CrewOrder): Experiment {
  return { preset, seed, paths: { ...pathsOfClone(), cache }, store: new StageStore(store), model, encoder };
}

async function trainerOf(order: CrewOrder): Promise<Train> {
  if (order.build !== libraryBuild) {
    throw new Error("the library was built again since this run loaded it; start anew, finished trainings are kept");
  }
  return trainers[order.list](experimentOf(order), order.work);
}

let trainer: Promise<Train> | undefined;

async function answerTo({ job }: CrewTask): Promise<CrewAnswer> {
  try {
    if (!trainer) throw new TypeError("a task came before the order");
    await (
      await trainer
    )(job);
    return {};
  } catch (error) {
    return { failure: messageOf(error) };
  }
}

process.on("message", (message: CrewOrder | CrewTask) => {
  if ("job" in message) void answerTo(message).then((answer) => process.send!(answer));
  else {
    trainer = trainerOf(message);
    // Its failure is told with the first task.
    trainer.catch(() => undefined);
  }
});
// Ctrl-C reaches the whole group of processes; the one that gave the order decides, and stops this one.
process.on("SIGINT", () => undefined);
// The process that gave the order is gone: what is half trained is of no use.
process.on("disconnect", () => {
  // It may have been the only reader.
  process.stderr.on("error", () => undefined);
  process.stderr.write("Stopped training: the process that gave the order is gone.\n", () => process.exit());
});
