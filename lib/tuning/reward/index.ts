export * from "./accuracy";
export * from "./normalise";
export * from "./pairwiseLoss";
export { rewardGradients, rewardParameters } from "./rewardGradients";
export {
  rewardLora,
  type HeldOutReward,
  type TokenisedPair,
  type RewardConfig,
  type RewardJob,
  type RewardResult,
  type RewardStep,
} from "./rewardJob";
export { scoresOf, type RewardModel } from "./rewardModel";
export * from "./scalarHead";
export * from "./scoring";
export * from "./tuneReward";
