/** User-item pairs as columns; users and items are dense indices from 0, their names in the data set stand in `userIds` and `itemIds`. */
export interface Interactions {
  /** [n] */
  readonly users: Int32Array;
  /** [n] */
  readonly items: Int32Array;
  /** [n] seconds since 1970, or absent where the data set has none. */
  readonly times?: Float64Array;
  /** [n] ratings, or absent for implicit feedback. */
  readonly ratings?: Float32Array;
  /** [U] */
  readonly userIds: readonly string[];
  /** [I], the catalogue's order. */
  readonly itemIds: readonly string[];
}
