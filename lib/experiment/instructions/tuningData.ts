import type { TuningExample } from "../../profiles";

/** Examples of a tuning, with those that only measure. */
export interface TuningData {
  readonly examples: readonly TuningExample[];
  readonly heldOut: readonly TuningExample[];
}
