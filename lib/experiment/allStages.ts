import { ablatedVariants } from "./presets/ablatedVariants";
import { ablationStage } from "./tables/ablationStage";
import { baseStageOf } from "./recommenders/baseStage";
import { efficiencyStage } from "./tables/efficiencyStage";
import { maskEvidenceStage, policyEvidenceStage } from "./profiles/evidenceStage";
import { floorsStage } from "./tables/floorsStage";
import { fusionStageOf } from "./fusions/fusionStage";
import { gatedAblationStage } from "./fusions/gatedAblationStage";
import { naiveSingleTurnStage, naiveTwoTurnStage } from "./tuning/naiveStages";
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
