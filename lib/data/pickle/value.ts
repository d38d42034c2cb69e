import type { NumpyArray } from "../numpy";

/** What a dict may be looked up by here. */
export type PickleKey = string | number | bigint | boolean | null;

/**
 * What a pickle may hold: None as null, int and float as number (an int beyond 2^53 as bigint), bytes and bytearray as
 * Uint8Array, list and tuple as array, dict as Map in its own order, set as Set, numpy scalars as number or boolean.
 */
export type PickleValue =
  | PickleKey
  | Uint8Array
  | readonly PickleValue[]
  | ReadonlyMap<PickleKey, PickleValue>
  | ReadonlySet<PickleKey>
  | NumpyArray
  | SparseEntries;

/** A scipy.sparse matrix (COO, or CSR written out) as its entries, in the order of the file. */
export interface SparseEntries {
  readonly kind: "sparse";
  readonly rows: number;
  readonly cols: number;
  /** [nnz] */
  readonly row: Int32Array;
  /** [nnz] */
  readonly column: Int32Array;
  /** [nnz] */
  readonly values: Float64Array;
}

/** Whether a value is a scipy.sparse matrix. */
export function isSparse(value: PickleValue): value is SparseEntries {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "sparse";
}
