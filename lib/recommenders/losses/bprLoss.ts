import { BatchIndices } from "./batchIndices";
import type { Batch, BuildContext } from "../definition";
import type { Tensor } from "../kernels";
import type { PairLoss } from "../dotModel";

/**
 * Bayesian personalised ranking, -(1/B) sum log sigmoid(<h_u, z_i> - <h_u, z_j>). B is the nominal batch, as in HKUDS/RecLM,
 * where a short last batch is divided by the full size; or the batch's own size (`meanOfBatch`).
 */
export class BprLoss implements PairLoss {
  readonly #indices: BatchIndices;

  constructor(
    readonly context: BuildContext,
    rowOfItem: Int32Array,
    readonly meanOfBatch = false,
  ) {
    this.#indices = new BatchIndices(context, rowOfItem);
  }

  /** The loss; adds the gradients of user vectors H and item vectors Z to dH and dZ. */
  run(batch: Batch, h: Tensor, z: Tensor, dH: Tensor, dZ: Tensor): number {
    const count = this.#indices.write(batch);
    const { users, positives, negatives, rowOfItem, nominal } = this.#indices;
    const vectors = [h.address, z.address, dH.address, dZ.address, h.cols] as const;
    const divisor = this.meanOfBatch ? count : nominal;
    return this.context.kernels.run.bpr(users, positives, negatives, rowOfItem, count, ...vectors, divisor);
  }
}
