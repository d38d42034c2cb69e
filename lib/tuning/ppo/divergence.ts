import type { MiniBatchLosses } from "./miniBatch";

/** Where an update stopped being one. */
export interface DivergenceRecord extends MiniBatchLosses {
  /** From 0. */
  readonly epoch: number;
  /** Of the batch's responses, those in the mini-batch. */
  readonly responses: readonly number[];
  readonly gradNorm: number;
}

/** An update whose numbers are not finite or whose ratios exploded; the mini-batch it names changed nothing. */
export class DivergenceError extends Error {
  constructor(
    readonly record: DivergenceRecord,
    reason: string,
  ) {
    super(`Cannot go on with PPO: in epoch ${record.epoch + 1} of an update ${reason}`);
    this.name = "DivergenceError";
  }
}
