import type { Csr } from "../core";
import type { Evaluation, TrainView } from "./evaluation";

/** What a model is finally trained on: all of training, once epochs are chosen. */
export type WholeSet = Pick<TrainView, "userCount" | "itemCount" | "train" | "warmItems">;

/** What models are judged on, apart from anything a trainer takes. */
export interface TestView {
  readonly fullShot: Evaluation;
  readonly zeroShot: Evaluation;
}

/** A division of the positives; pairs of users and items, items as catalogue indices. */
export interface Split {
  readonly name: string;
  readonly userCount: number;
  readonly itemCount: number;
  /** [U, I] training pairs, validation included: warm items only. */
  readonly train: Csr;
  /** [U, I] the part of `train` that epochs are chosen on. */
  readonly validation: Csr;
  /** [U, I] held-out pairs, warm and cold. */
  readonly test: Csr;
  /**
   * [U, I] every positive that is not a test pair: what rankings leave out. An item that a user rated too low for a positive stays a
   * candidate, whenever that was.
   */
  readonly known: Csr;
  /** Items with a training pair, ascending. */
  readonly warmItems: Int32Array;
  /** Items that training must not see, ascending. */
  readonly coldItems: Int32Array;
  /** Items ranked in the full-shot setting, ascending. */
  readonly testItems: Int32Array;
}

/** Training as a whole. */
export function wholeSetOf(split: Split): WholeSet {
  const { userCount, itemCount, train, warmItems } = split;
  return { userCount, itemCount, train, warmItems };
}
