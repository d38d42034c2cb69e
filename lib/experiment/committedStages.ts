import { existsSync } from "node:fs";
import { cp, mkdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ablationStage } from "./ablationStage";
import { baseStages } from "./baseStage";
import { distillationStage } from "./distillationStage";
import { efficiencyStage } from "./efficiencyStage";
import { maskEvidenceStage, policyEvidenceStageOf } from "./evidenceStage";
import type { Experiment } from "./experiment";
import { floorsStage } from "./floorsStage";
import { fusionStageOf } from "./fusionStage";
import { maskStage } from "./maskStage";
import { naiveSingleTurnStage, naiveTwoTurnStage } from "./naiveStages";
import { policyStageOf } from "./policyStage";
import { rewardStage } from "./rewardStage";
import type { Stage } from "./stage";
import { variantTextStageOf } from "./variantTextStage";

/**
 * The stages that take hours and hold no data of the data set's licence: adapters, losses, scores, and what the model wrote. What
 * they are made from (prompts with histories) is made again in minutes.
 */
function committedStages(experiment: Experiment): readonly Stage<unknown>[] {
  const { preset } = experiment;
  const runs = Array.from({ length: preset.ppo.seeds }, (_, k) => [policyStageOf(k), policyEvidenceStageOf(k)]);
  return [
    distillationStage,
    maskStage,
    naiveSingleTurnStage,
    naiveTwoTurnStage,
    rewardStage,
    maskEvidenceStage,
    ...runs.flat(),
    floorsStage,
    ...baseStages(experiment),
    efficiencyStage,
    ...preset.fusions.folds.map(fusionStageOf),
    ...preset.ablation.variants.map(variantTextStageOf),
    ablationStage,
  ];
}

/** Copies the finished ones into results/<preset>/stages, for committing; gives their names. */
export async function publishStages(experiment: Experiment): Promise<readonly string[]> {
  const folder = stagesFolder(experiment);
  const finished = committedStages(experiment).filter((stage) => isWhole(stage.folder(experiment)));
  await rm(folder, { recursive: true, force: true });
  for (const stage of finished) await copyWhole(stage.folder(experiment), placeOf(folder, stage, experiment));
  return finished.map(({ name }) => name);
}

/**
 * Puts the committed results of this preset, seed and code into the run's store, so that notebooks read them in the place of hours
 * of tuning; gives their names. Results that are there already stay; results of other settings or older code do not fit and are
 * passed over.
 */
export async function restoreStages(experiment: Experiment): Promise<readonly string[]> {
  const folder = stagesFolder(experiment);
  const restored: string[] = [];
  for (const stage of committedStages(experiment)) {
    const from = placeOf(folder, stage, experiment);
    const to = stage.folder(experiment);
    if (!isWhole(from) || isWhole(to)) continue;
    await copyWhole(from, to);
    restored.push(stage.name);
  }
  return restored;
}

function stagesFolder({ paths, preset, seed }: Experiment): string {
  return join(paths.results(preset.name), "stages", `seed-${seed}`);
}

function placeOf(folder: string, stage: Stage<unknown>, experiment: Experiment): string {
  return join(folder, stage.name, stage.hash(experiment));
}

/** A stage's record is written last. */
function isWhole(folder: string): boolean {
  return existsSync(join(folder, "stage.json"));
}

/** Never half there: copied beside, then renamed. */
async function copyWhole(from: string, to: string): Promise<void> {
  const partial = `${to}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(dirname(to), { recursive: true });
  await cp(from, partial, { recursive: true });
  await rm(to, { recursive: true, force: true });
  await rename(partial, to);
}
