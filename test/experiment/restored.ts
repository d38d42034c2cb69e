import { existsSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { StageStore } from "reclm/core";
import {
  openExperiment,
  otherRuns,
  pathsOfClone,
  restoreStages,
  type Experiment,
  type PresetName,
} from "reclm/experiment";
import { benchOf } from "./bench";

const { models } = pathsOfClone();

/** Why a preset cannot be opened here, or false. */
export const modelsMissing = existsSync(models) ? false : `${models} is absent: npm run setup fetches it`;

/** Why the stages of MIND's presets cannot be found here, or false. */
export const cloneMissing = process.env["RECLM_CLONE"]
  ? false
  : "RECLM_CLONE is not set: without a clone MIND's stages have no name";

/** A preset whose runs lie in a folder of their own, which holds what is committed of them and nothing that was run here. */
export async function restoredExperiment(t: TestContext, preset: PresetName): Promise<Experiment> {
  const { folder, dispose } = benchOf();
  t.after(dispose);
  const opened = await openExperiment({ preset, seed: 1 });
  const paths = { ...opened.paths, run: (name: string) => join(folder, "runs", name) };
  const experiment = { ...opened, paths, store: new StageStore(join(paths.run(preset), "seed-1")) };
  for (const run of [experiment, ...otherRuns(experiment)]) await restoreStages(run);
  return experiment;
}
