import type { Batch, BuildContext } from "../definition";
import type { Kernels } from "../kernels";

/** A batch's users and items, and the row of each item, in the kernels' memory. */
export class BatchIndices {
  readonly users: number;
  readonly positives: number;
  readonly negatives: number;
  readonly rowOfItem: number;
  readonly #kernels: Kernels;

  constructor(
    { kernels, batch }: BuildContext,
    rowOfItem: Int32Array,
    readonly nominal = batch,
  ) {
    this.#kernels = kernels;
    this.users = kernels.integers(batch);
    this.positives = kernels.integers(batch);
    this.negatives = kernels.integers(batch);
    this.rowOfItem = kernels.integers(rowOfItem);
  }

  /** Writes the batch and returns its number of triples. */
  write(batch: Batch): number {
    const count = batch.users.length;
    if (count > this.nominal) {
      throw new RangeError(`Cannot take a batch of ${count} triples: the training was set up for ${this.nominal}`);
    }
    const kernels = this.#kernels;
    kernels.writeIntegers(this.users, batch.users);
    kernels.writeIntegers(this.positives, batch.positives);
    kernels.writeIntegers(this.negatives, batch.negatives);
    return count;
  }
}
