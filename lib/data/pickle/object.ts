import type { NumpyArray, NumpyData, NumpyType } from "../numpy";
import type { PickleKey, SparseEntries } from "./value";

/** A class or function that a pickle names: never called, only compared with the names that this reader knows. */
export class GlobalName {
  constructor(readonly name: string) {}
}

/** A number type; its byte order comes with its state. */
export class Dtype {
  bigEndian = false;
  constructor(readonly type: NumpyType) {}
}

/** An array that its state fills. */
export class ArrayObject implements NumpyArray {
  readonly kind = "array";
  type: NumpyType = "f8";
  shape: readonly number[] = [0];
  data: NumpyData = new Float64Array(0);
  built = false;
}

/** A sparse matrix that its state fills. */
export class SparseObject implements SparseEntries {
  readonly kind = "sparse";
  rows = 0;
  cols = 0;
  row: Int32Array = new Int32Array(0);
  column: Int32Array = new Int32Array(0);
  values: Float64Array = new Float64Array(0);
  built = false;
  constructor(readonly format: "coo" | "csr") {}
}

/** Anything that may lie on the stack while a pickle is read. */
export type Item =
  | PickleKey
  | Uint8Array
  | Item[]
  | Map<PickleKey, Item>
  | Set<PickleKey>
  | GlobalName
  | Dtype
  | ArrayObject
  | SparseObject;

/** What an item is called in messages. */
export function nameOf(item: Item): string {
  if (item === null) return "None";
  if (typeof item !== "object") return typeof item === "string" ? "a text" : `a ${typeof item}`;
  if (item instanceof GlobalName) return item.name;
  if (Array.isArray(item)) return "a list or tuple";
  const kinds = {
    Uint8Array: "bytes",
    Map: "a dict",
    Set: "a set",
    Dtype: "a dtype",
    ArrayObject: "an array",
  } as const;
  return new Map<string, string>(Object.entries(kinds)).get(item.constructor.name) ?? "a sparse matrix";
}
