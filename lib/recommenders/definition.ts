import type { Matrix, Prng } from "../core";
import type { TrainView } from "../data";
import type { Scorer } from "../metrics";
import type { Kernels } from "./kernels";
import type { ParameterStore } from "./parameters";

/** What a model is trained on; a `TrainView` is one, and so is the whole of training once the epochs are chosen. */
export type TrainingSet = Pick<TrainView, "userCount" | "itemCount" | "train" | "warmItems">;

/** What is known of users and items beside their pairs. */
export interface Features {
  /** [I, dText] */
  readonly itemText: Matrix;
  /** [U, dProfile] */
  readonly userProfiles?: Matrix;
  /** [I, dProfile] */
  readonly itemProfiles?: Matrix;
}

/** Which sides are fused with their profiles (Eq. 2). */
export interface Augment {
  readonly user: boolean;
  readonly item: boolean;
}

/** Base: neither side is fused with profiles. */
export const unaugmented: Augment = { user: false, item: false };

/**
 * Which form of a model is trained: `reclm`, the authors' code (HKUDS/RecLM) quirk by quirk, or `canonical`, the form of
 * the model's own paper and reference code.
 */
export type Recipe = "reclm" | "canonical";

/** Triples of one step, as user and item indices. */
export interface Batch {
  /** [B] */
  readonly users: Int32Array;
  /** [B] */
  readonly positives: Int32Array;
  /** [B * n] the n negatives of each positive, next to each other; n is 1 but where a definition asks for more. */
  readonly negatives: Int32Array;
}

/** What a definition builds its model from. */
export interface BuildContext {
  readonly set: TrainingSet;
  readonly features: Features;
  /** d, a multiple of 4. */
  readonly width: number;
  /** B: the largest batch, by which losses are divided. */
  readonly batch: number;
  /** Weight of the L2 penalty, for models that take it of the batch's rows. */
  readonly regularisation: number;
  readonly kernels: Kernels;
  /** Where parameters are made: the trainer updates all of them, with the L2 penalty. */
  readonly parameters: ParameterStore;
  /** A stream of random numbers for a purpose, from the training's seed. */
  readonly prng: (purpose: string) => Prng;
}

/** A model as it was at one moment: it no longer changes. */
export interface Frozen {
  readonly scorer: Scorer;
  /** [U, d] the vectors that users score with (propagated ones for graph models). */
  readonly users: Matrix;
  /** [I, d] the vectors that all items, warm and cold, are scored by. */
  readonly items: Matrix;
  /** How the scorer is made of these, for saving; a model without it cannot be saved. */
  readonly scoring?: Scoring;
  /** How an item's vector is made of its text, for items that come later; absent where it is not. */
  readonly itemForm?: ItemForm;
}

/** How an item without pairs gets the vector that it is scored by. */
export interface ItemForm {
  /** Before the names of the networks' parameters; the vectors that they give stand side by side. */
  readonly prefixes: readonly string[];
  /** Whether the projected text is fused with a profile. */
  readonly fused: boolean;
  /** Whether the vector is divided by its length. */
  readonly unit: boolean;
  /** What it is multiplied by at last: the share of layer 0 in a mean of layers. */
  readonly share: number;
}

/** How scores are made: of the two matrices alone, or with NCF's trained layers. */
export type Scoring = "dot" | "ncf-reclm" | "ncf-canonical";

/** A model being trained. */
export interface RecommenderModel {
  /** The batch's loss without the L2 penalty; adds its gradient to each parameter's. */
  batchLoss(batch: Batch): number;
  /** Called before each epoch's first batch: what is drawn once an epoch is drawn here. */
  startEpoch?(): void;
  freeze(): Frozen;
  /** Called once, after the training: frees what no garbage collection would. */
  dispose?(): void;
}

/**
 * A recommender: its name and how it is built. A model adds only its parameters, loss and scores; sampling, optimiser,
 * choice of epoch, progress and evaluation are the trainer's.
 */
export interface RecommenderDefinition {
  readonly name: string;
  readonly recipe?: Recipe;
  /** Weight of the L2 penalty where the training's options give none; 1e-7 unless given. */
  readonly regularisation?: number;
  /** True where the model takes the penalty itself, of the batch's rows; else it is taken of all parameters. */
  readonly penalisesBatch?: boolean;
  /** Negatives drawn for each positive; 1 unless given. */
  readonly negatives?: number;
  build(context: BuildContext): RecommenderModel;
}
