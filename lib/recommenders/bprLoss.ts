import type { Batch, BuildContext } from "./definition";
import type { Kernels, Tensor } from "./kernels";

/**
 * Bayesian personalised ranking, -(1/B) sum log sigmoid(<h_u, z_i> - <h_u, z_j>), B the nominal batch: as in
 * HKUDS/RecLM, a short last batch is divided by the full size.
 */
export class BprLoss {
  readonly #kernels: Kernels;
  readonly #nominal: number;
  readonly #users: number;
  readonly #positives: number;
  readonly #negatives: number;
  readonly #rowOfItem: number;

  constructor({ kernels, batch }: BuildContext, rowOfItem: Int32Array) {
    this.#kernels = kernels;
    this.#nominal = batch;
    this.#users = kernels.integers(batch);
    this.#positives = kernels.integers(batch);
    this.#negatives = kernels.integers(batch);
    this.#rowOfItem = kernels.integers(rowOfItem);
  }

  /** The loss; adds the gradients of user vectors H and item vectors Z to dH and dZ. */
  run(batch: Batch, h: Tensor, z: Tensor, dH: Tensor, dZ: Tensor): number {
    const count = batch.users.length;
    if (count > this.#nominal) {
      throw new RangeError(`Cannot take a batch of ${count} triples: the training was set up for ${this.#nominal}`);
    }
    const kernels = this.#kernels;
    kernels.writeIntegers(this.#users, batch.users);
    kernels.writeIntegers(this.#positives, batch.positives);
    kernels.writeIntegers(this.#negatives, batch.negatives);
    const triples = [this.#users, this.#positives, this.#negatives, this.#rowOfItem, count] as const;
    const vectors = [h.address, z.address, dH.address, dZ.address, h.cols] as const;
    return kernels.run.bpr(...triples, ...vectors, this.#nominal);
  }
}
