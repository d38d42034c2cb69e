import { isSparse, readPickle, type PickleKey, type PickleValue, type SparseEntries } from "../pickle";

/** The entries of a pickled dict; throws a SyntaxError that names the file where it holds something else. */
export async function readDict(file: string): Promise<ReadonlyMap<PickleKey, PickleValue>> {
  const value = await readPickle(file);
  if (value instanceof Map) return value;
  throw contentError(file, "content", "it is no dict");
}

/** A pickled sparse matrix, its entries being pairs; throws a SyntaxError that names the file where it holds something else. */
export async function readMatrix(file: string): Promise<SparseEntries> {
  const value = await readPickle(file);
  if (!isSparse(value)) throw contentError(file, "content", "it is no sparse matrix");
  const zero = value.values.findIndex((entry) => !(entry > 0));
  if (zero < 0) return value;
  throw contentError(file, `entry ${zero}`, `it is ${value.values[zero]}: an entry that is there stands for a pair`);
}

/** An id or index: a whole number from 0. */
export function wholeNumber(file: string, place: string, value: PickleValue): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw contentError(file, place, `${typeof value === "object" ? "its value" : String(value)} is no whole number`);
}

/** A list of ids. */
export function wholeNumbers(file: string, place: string, value: PickleValue): readonly number[] {
  if (Array.isArray(value)) return value.map((part: PickleValue) => wholeNumber(file, place, part));
  throw contentError(file, place, "it is no list");
}

/**
 * The item of each column: entry v is the global id whose value in the map is v. The order of the keys says nothing: Netflix' test
 * and zero-shot maps are not in ascending order. Throws a SyntaxError unless the values are 0 to n - 1, each once.
 */
export async function readIdMap(file: string): Promise<readonly number[]> {
  const dict = await readDict(file);
  const items = new Array<number | undefined>(dict.size).fill(undefined);
  for (const [key, value] of dict) {
    const item = wholeNumber(file, "key", key);
    const column = wholeNumber(file, `item ${item}`, value);
    if (column >= dict.size)
      throw contentError(file, `item ${item}`, `column ${column} lies beyond ${dict.size} items`);
    if (items[column] !== undefined) {
      throw contentError(file, `item ${item}`, `item ${items[column]} has column ${column} too`);
    }
    items[column] = item;
  }
  return items as readonly number[];
}

/** Something in a pickle that is not what the layout says. */
export function contentError(file: string, place: string, reason: string): SyntaxError {
  return new SyntaxError(`Cannot read ${file}, ${place}: ${reason}`);
}
