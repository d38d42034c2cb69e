// A process of the crew of trainingCrew.ts: told an experiment and a table, then one training after the other.
import { keptJson, messageOf, StageStore } from "../core";
import { ablationPlan } from "./ablationStage";
import type { Experiment } from "./experiment";
import { pathsOfClone } from "./paths";
import { table1Plan } from "./table1Stage";
import { jsonOfMeasured } from "./table1Tests";
import type { CrewAnswer, CrewOrder, CrewTask } from "./trainingCrew";
import { trainingFile, trainingJobs, trainRow, type TrainedTable, type TrainingPlan } from "./trainings";

const plans: Readonly<Record<TrainedTable, (experiment: Experiment) => Promise<TrainingPlan>>> = {
  "table-1": table1Plan,
  ablation: ablationPlan,
};

function experimentOf({ store, cache, preset, seed, model, encoder }: CrewOrder): Experiment {
  return { preset, seed, paths: { ...pathsOfClone(), cache }, store: new StageStore(store), model, encoder };
}

type Train = (task: CrewTask) => Promise<void>;

async function trainerOf(order: CrewOrder): Promise<Train> {
  const experiment = experimentOf(order);
  const plan = await plans[order.table](experiment);
  const jobs = trainingJobs(plan);
  return async ({ job: at }) => {
    const job = jobs[at]!;
    await keptJson(trainingFile(order.work, job), async () =>
      jsonOfMeasured(await trainRow(experiment, plan.data, job, {})),
    );
  };
}

let trainer: Promise<Train> | undefined;

async function answerTo(task: CrewTask): Promise<CrewAnswer> {
  try {
    if (!trainer) throw new TypeError("a task came before the order");
    await (
      await trainer
    )(task);
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
// The process that gave the order is gone: what is half trained is of no use.
process.on("disconnect", () => process.exit());
