import { dataStage } from "../data/dataStage";
import { dialogueStage } from "./dialogueStage";
import { distillationStage } from "./distillationStage";
import { instructionStage } from "../instructions/instructionStage";
import { maskStage } from "./maskStage";
import { neighbourStage } from "../data/neighbourStage";
import type { Stage } from "../stage";

/** From the data to the Mask variant, each after those that it reads: what every later stage of the language model stands on. */
export const stagesToMask: readonly Stage<unknown>[] = [
  dataStage,
  neighbourStage,
  instructionStage,
  distillationStage,
  dialogueStage,
  maskStage,
];
