import { ablatedVariants } from "./presets/ablatedVariants";
import { ablationStage } from "./tables/ablationStage";
import { baseStageOf, baseStages } from "./recommenders/baseStage";
import { efficiencyStage } from "./tables/efficiencyStage";
import type { Experiment } from "./experiment";
import { maskEvidenceStage, policyEvidenceStage } from "./profiles/evidenceStage";
import { floorsStage } from "./tables/floorsStage";
import { fusionStageOf, fusionStages } from "./fusions/fusionStage";
import { gatedAblationStage } from "./fusions/gatedAblationStage";
import { naiveSingleTurnStage, naiveTwoTurnStage } from "./tuning/naiveStages";
import { policyRunStages } from "./profiles/policyRuns";
import { policyStage } from "./reinforcement/policyStage";
import { preferenceStage } from "./reinforcement/preferenceStage";
import { profileStage } from "./profiles/profileStage";
import { qualityStage } from "./profiles/qualityStage";
import { rewardStage } from "./reinforcement/rewardStage";
import type { Stage } from "./stage";
import { stagesToMask } from "./tuning/stagesToMask";
import { table1Stage } from "./tables/table1Stage";
import { variantTextStageOf } from "./profiles/variantTextStage";

/** Every stage, each after those that it reads; of repeated runs the first. */
export const allStages: readonly Stage<unknown>[] = [
  ...stagesToMask,
  qualityStage,
  profileStage,
  table1Stage,
  preferenceStage,
  rewardStage,
  naiveSingleTurnStage,
  naiveTwoTurnStage,
  policyStage,
  maskEvidenceStage,
  policyEvidenceStage,
  floorsStage,
  ...(["BiasMF", "NCF", "LightGCN", "SGL", "SimGCL"] as const).map((recommender) =>
    baseStageOf({ recommender, text: "encoder", seed: 1 }),
  ),
  efficiencyStage,
  fusionStageOf(0),
  ...ablatedVariants.map(variantTextStageOf),
  ablationStage,
  gatedAblationStage,
];

/** The stages that a notebook may run, each repeated run of them too; which of them it does run is for the preset and the cells to say. */
export function stagesOfNotebook(experiment: Experiment, notebook: string): readonly Stage<unknown>[] {
  const repeated = [...policyRunStages(experiment), ...baseStages(experiment), ...fusionStages(experiment)];
  const all = [...allStages, ...repeated];
  const byFolder = new Map(all.map((stage) => [stage.folder(experiment), stage]));
  return [...byFolder.values()].filter((stage) => stage.notebook === notebook);
}
