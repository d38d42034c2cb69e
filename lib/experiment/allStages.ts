import { ablatedVariants } from "./ablatedVariants";
import { ablationStage } from "./ablationStage";
import { baseStageOf } from "./baseStage";
import { efficiencyStage } from "./efficiencyStage";
import { maskEvidenceStage, policyEvidenceStage } from "./evidenceStage";
import { floorsStage } from "./floorsStage";
import { fusionStageOf } from "./fusionStage";
import { naiveSingleTurnStage, naiveTwoTurnStage } from "./naiveStages";
import { policyStage } from "./policyStage";
import { preferenceStage } from "./preferenceStage";
import { profileStage } from "./profileStage";
import { qualityStage } from "./qualityStage";
import { rewardStage } from "./rewardStage";
import type { Stage } from "./stage";
import { stagesToMask } from "./stagesToMask";
import { table1Stage } from "./table1Stage";
import { variantTextStageOf } from "./variantTextStage";

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
];
