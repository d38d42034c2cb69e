import type { Preset } from "./preset";

/** What two settings must be to each other, and whether they are. */
export interface SettingPair {
  /** The setting that a message names. */
  readonly where: string;
  readonly must: string;
  readonly holds: boolean;
}

/**
 * What settings ask of each other. Each would be missed only where it is used, hours into a run: folds where the fusions come to them,
 * lanes after the first tuning, mini-batches in PPO.
 */
export function settingPairs(preset: Preset): readonly SettingPair[] {
  const { split, fold, fusions, ppo, generation, model, recommenders } = preset;
  const folds = `must lie below split.folds, ${split.folds}`;
  const answers = (where: string, tokens: number): SettingPair => ({
    where,
    must: `must lie below model.contextTokens, ${model.contextTokens}, which a prompt and its answer share`,
    holds: tokens < model.contextTokens,
  });
  return [
    { where: "fold", must: folds, holds: fold < split.folds },
    { where: "fusions.folds", must: folds, holds: fusions.folds.every((one) => one < split.folds) },
    {
      where: "ppo.batch",
      must: `must be a multiple of ppo.miniBatch, ${ppo.miniBatch}`,
      holds: ppo.batch % ppo.miniBatch === 0,
    },
    {
      where: "generation.lanes",
      must: `must be no more than generation.sequences, ${generation.sequences}`,
      holds: (generation.lanes ?? 1) <= generation.sequences,
    },
    answers("generation.maxTokens", generation.maxTokens),
    answers("ppo.maxTokens", ppo.maxTokens),
    {
      where: "recommenders.models",
      must: "must name LightGCN, whose lists notebook 11 shows with and without profiles",
      holds: recommenders.models.includes("LightGCN"),
    },
  ];
}
