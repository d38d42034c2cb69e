import type { Csr } from "../core";

/** What a scorer is judged on in one setting. */
export interface Evaluation {
  /** [U, I] held-out pairs, all of them among the candidates. */
  readonly positives: Csr;
  /** [U, I] pairs that are never listed: those of `Split.known` that are not held out here. */
  readonly masked: Csr;
  /** Items that are ranked, ascending. */
  readonly candidates: Int32Array;
}

/** What a trainer may see: training pairs and a validation cut, never test pairs. */
export interface TrainView {
  readonly userCount: number;
  readonly itemCount: number;
  /** [U, I] */
  readonly train: Csr;
  /** Items that may be trained on, ascending. */
  readonly warmItems: Int32Array;
  readonly validation: { readonly fullShot: Evaluation; readonly zeroShot: Evaluation };
}
