export * from "./config";
export * from "./divergence";
export * from "./gae";
export * from "./importance";
export * from "./klControl";
export * from "./learner";
export * from "./miniBatch";
export * from "./policyLoss";
export * from "./ppo";
export type {
  PpoAnswer,
  PpoJob,
  PpoResponse,
  PpoResult,
  PpoRollout,
  PpoScorer,
  PpoSeconds,
  PpoStep,
  PpoStepDetail,
} from "./ppoJob";
export * from "./rewards";
export * from "./sample";
export * from "./statistics";
export * from "./update";
export * from "./valueLoss";
export * from "./whiten";
