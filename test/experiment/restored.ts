import { existsSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { StageStore } from "reclm/core";
import { openExperiment, pathsOfClone, restoreStages, type Experiment, type PresetName } from "reclm/experiment";
import { benchOf } from "./bench";

const { models } = pathsOfClone();

/** Why a preset cannot be opened here, or false. */
export const modelsMissing = existsSync(models) ? false : `${models} is absent: npm run setup fetches it`;

/** A preset with a store of its own that holds what is committed of it, and the names of that. */
export async function restoredExperiment(
  t: TestContext,
  preset: PresetName,
): Promise<{ readonly experiment: Experiment; readonly restored: readonly string[] }> {
  const { folder, dispose } = benchOf();
  t.after(dispose);
  const opened = await openExperiment({ preset, seed: 1 });
  const experiment = { ...opened, store: new StageStore(join(folder, "store")) };
  return { experiment, restored: await restoreStages(experiment) };
}
