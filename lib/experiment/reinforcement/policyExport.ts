import { writeAdapterStack, type AdapterStack } from "../../llm";
import type { Experiment } from "../experiment";
import { policyStageOf } from "./policyStage";
import { rewardStage } from "./rewardStage";
import { manifestRecord, stageRecord, supervisedParts } from "../tuning/variants";

/**
 * Writes the adapters of RecLM (GPT_KD, Mask, PPO's run `k`) with a readable manifest into a folder that `readAdapterStack`
 * checks and gives back, for generation or further tuning.
 *
 * @example await exportPolicy(experiment, "data/runs/quick/reclm");
 */
export async function exportPolicy(experiment: Experiment, folder: string, k = 0): Promise<AdapterStack> {
  const policyStage = policyStageOf(k);
  const policy = await policyStage.read(experiment);
  const { config: rewardConfig, steps: rewardSteps, accuracy } = await rewardStage.read(experiment);
  const below = await supervisedParts(experiment, "Mask");
  const adapters = [...below.adapters, { name: policyStage.name, path: policy.adapterPath }];
  const record = manifestRecord(experiment, [
    ...below.tuned,
    { ...stageRecord(experiment, rewardStage), config: rewardConfig, steps: rewardSteps, accuracy },
    { ...stageRecord(experiment, policyStage), config: policy.config, steps: policy.steps },
  ]);
  return writeAdapterStack(folder, { name: "RecLM", basePath: experiment.model.path, adapters, record });
}
