import { integersOfArray } from "../numpy";
import { messageOf } from "../../core";
import type { Machine } from "./machine";
import { ArrayObject, type Item, type SparseObject } from "./object";

/** Of which format a class of scipy.sparse is; undefined for all other classes. */
export function sparseFormatOf(name: string): "coo" | "csr" | undefined {
  const match = /^scipy\.sparse\._(coo|csr)\.(coo|csr)_(?:matrix|array)$/.exec(name);
  return match && match[1] === match[2] ? (match[1] as "coo" | "csr") : undefined;
}

/** State of a matrix: its attributes (scipy/sparse/_coo.py, _compressed.py; `coords` since scipy 1.13, row and col before). */
export function buildSparse(machine: Machine, matrix: SparseObject, state: Item): void {
  if (matrix.built) throw machine.fail("a matrix takes its state once");
  if (!(state instanceof Map)) throw machine.fail("the state of a matrix is no dict");
  const [rows, cols, ...more] = lengthsOf(machine, state.get("_shape"));
  if (rows === undefined || cols === undefined || more.length > 0) throw machine.fail("its shape is not two lengths");
  const data = numbersOf(machine, state, "data");
  const values = Float64Array.from(data.data, Number);
  machine.charge(16 * values.length);
  const { row, column } = matrix.format === "coo" ? cooPlaces(machine, state) : csrPlaces(machine, state, rows);
  if (row.length !== values.length || column.length !== values.length) {
    throw machine.fail(`${values.length} values stand beside ${row.length} rows and ${column.length} columns`);
  }
  const within = (places: Int32Array, length: number): boolean => places.every((place) => place >= 0 && place < length);
  if (!within(row, rows) || !within(column, cols)) throw machine.fail(`an entry lies outside ${rows} x ${cols}`);
  Object.assign(matrix, { rows, cols, row, column, values, built: true });
}

interface Places {
  readonly row: Int32Array;
  readonly column: Int32Array;
}

function cooPlaces(machine: Machine, state: ReadonlyMap<unknown, Item>): Places {
  const coords = state.get("coords");
  const [row, column] = Array.isArray(coords) ? coords : [state.get("row"), state.get("col")];
  return { row: integersOf(machine, "row", row), column: integersOf(machine, "col", column) };
}

function csrPlaces(machine: Machine, state: ReadonlyMap<unknown, Item>, rows: number): Places {
  const column = integersOf(machine, "indices", state.get("indices"));
  const starts = integersOf(machine, "indptr", state.get("indptr"));
  const ascending = starts.every((start, r) => start >= (r === 0 ? 0 : starts[r - 1]!));
  if (starts.length !== rows + 1 || starts[0] !== 0 || starts[rows] !== column.length || !ascending) {
    throw machine.fail(`indptr does not divide ${column.length} entries into ${rows} rows`);
  }
  const row = new Int32Array(column.length);
  for (let r = 0; r < rows; r++) row.fill(r, starts[r], starts[r + 1]);
  return { row, column };
}

function lengthsOf(machine: Machine, shape: Item | undefined): readonly number[] {
  const lengths = Array.isArray(shape) ? shape.map(Number) : [];
  if (lengths.every((length) => Number.isInteger(length) && length >= 0 && length < 2 ** 31)) return lengths;
  throw machine.fail("its shape is no pair of 32-bit lengths");
}

function numbersOf(machine: Machine, state: ReadonlyMap<unknown, Item>, name: string): ArrayObject {
  const array = state.get(name);
  if (array instanceof ArrayObject && array.built && array.shape.length === 1) return array;
  throw machine.fail(`its ${name} is no one-dimensional array`);
}

function integersOf(machine: Machine, name: string, array: Item | undefined): Int32Array {
  const found = numbersOf(machine, new Map([[name, array ?? null]]), name);
  try {
    return integersOfArray(found);
  } catch (error) {
    throw machine.fail(`its ${name}: ${messageOf(error)}`);
  }
}
