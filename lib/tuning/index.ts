export * from "./accumulate";
export * from "./adamw";
export * from "./checkpoint";
export * from "./clip";
export * from "./config";
export * from "./order";
export * from "./schedule";
export * from "./sft";
export type { HeldOutLoss, SftJob, SftResult, SftStep } from "./sftJob";
