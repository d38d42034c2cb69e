import type { Kernels } from "../kernels";

/** Different numbers, ascending, and how often each occurred. */
export interface Tally {
  readonly values: Int32Array;
  readonly counts: Int32Array;
}

/** The different numbers of a list, ascending, with their counts. */
export function tallyOf(list: Int32Array): Tally {
  const sorted = list.slice().sort();
  const counts = new Int32Array(sorted.length);
  let length = 0;
  for (let i = 0; i < sorted.length; i++) {
    if (i === 0 || sorted[i] !== sorted[i - 1]) sorted[length++] = sorted[i]!;
    counts[length - 1]! += 1;
  }
  return { values: sorted.slice(0, length), counts: counts.slice(0, length) };
}

/** A list of row numbers in the kernels' memory, at most `capacity` long. */
export class RowList {
  readonly address: number;
  #count = 0;

  constructor(
    readonly kernels: Kernels,
    readonly capacity: number,
  ) {
    this.address = kernels.integers(capacity);
  }

  get count(): number {
    return this.#count;
  }

  set(rows: Int32Array): void {
    if (rows.length > this.capacity) {
      throw new RangeError(`Cannot list ${rows.length} rows: there is room for ${this.capacity}`);
    }
    this.kernels.writeIntegers(this.address, rows);
    this.#count = rows.length;
  }
}
