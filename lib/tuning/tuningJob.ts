import type { JobControl, Json, Prng } from "../core";
import type { BatchGradients } from "./accumulate";
import type { TuningConfig } from "./config";

/** One optimiser step. */
export interface TuningStep {
  /** From 1. */
  readonly step: number;
  /** Mean over the step's examples before the update, in nats. */
  readonly loss: number;
  readonly learningRate: number;
  /** Global norm before clipping. */
  readonly gradNorm: number;
  /** Tokens that went through the model. */
  readonly tokens: number;
  readonly seconds: number;
}

/** What `runTuning` needs: everything that one kind of tuning does not share with the others. */
export interface TuningJob<M extends string, E> {
  /** What progress says is going on. */
  readonly label: string;
  readonly config: TuningConfig;
  readonly seed: number;
  /** How many examples there are. */
  readonly examples: number;
  /** What the run depends on; checkpoints of another set-up are refused. */
  readonly setup: Json;
  /** Holds the checkpoints; a run that finds one of the same set-up goes on from it. */
  readonly workFolder: string;
  readonly control?: JobControl | undefined;
  /** What is tuned, by name; changed in place. */
  readonly parameters: ReadonlyMap<string, Float32Array>;
  /** Loss and gradients of a batch of examples, given by number, with this batch's dropout. */
  gradients(examples: readonly number[], dropoutPrng: Prng): Promise<BatchGradients<M>>;
  /** Measures the present parameters on held-out examples, when there are any. */
  readonly evaluate?: (() => Promise<E>) | undefined;
}

/** What a run records: one entry a step, and one a measurement on held-out examples with the steps done before it. */
export interface TuningRecord<M extends string, E> {
  readonly steps: readonly (TuningStep & Readonly<Record<M, number>>)[];
  readonly evaluations: readonly (E & { readonly step: number })[];
}
