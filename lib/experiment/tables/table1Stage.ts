import { jsonCodec, type Json } from "../../core";
import { testCounts } from "../../data";
import type { EpochChoice } from "../../recommenders";
import { dataStage } from "../data/dataStage";
import { checkTestable } from "../data/testable";
import type { Experiment } from "../experiment";
import { profileStage } from "../profiles/profileStage";
import { defineStage, type Stage } from "../stage";
import type { Table1 } from "./table1";
import { floorRuns } from "./table1Floors";
import { table1Claims } from "./table1Claims";
import { table1Vectors } from "./table1Vectors";
import { table1Tests } from "./table1Tests";
import { trainRows } from "./trainRows";
import type { TrainingPlan } from "./trainings";

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
    const plan = await table1Plan(experiment);
    const { data } = plan;
    const measured = await trainRows(experiment, plan, work, control);
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

/** What Table 1 trains. */
export async function table1Plan(experiment: Experiment): Promise<TrainingPlan> {
  const data = await dataStage.read(experiment);
  checkTestable(data);
  const rows = await table1Vectors(experiment, data, await profileStage.read(experiment));
  const { models, seeds } = experiment.preset.recommenders;
  return { table: "table-1", data, rows, models, seeds };
}
