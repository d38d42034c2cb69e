import { matrixOf, type Matrix } from "../../core";
import { numbersOver, widthOf, type NumpyData, type NumpyType } from "./dtype";

/** An n-dimensional array of numbers, rows first (C order). */
export interface NumpyArray {
  readonly kind: "array";
  readonly type: NumpyType;
  readonly shape: readonly number[];
  /** [product of shape] */
  readonly data: NumpyData;
}

/** Number of entries of a shape: 1 for a scalar; undefined where a length is no whole number or the product is not exact. */
export function entriesOf(shape: readonly number[]): number | undefined {
  if (!shape.every((length) => Number.isSafeInteger(length) && length >= 0)) return undefined;
  if (shape.includes(0)) return 0;
  const product = shape.reduce((entries, length) => entries * length, 1);
  return Number.isSafeInteger(product) ? product : undefined;
}

/** How the bytes of an array are to be read. */
export interface ByteForm {
  readonly type: NumpyType;
  readonly shape: readonly number[];
  readonly bigEndian?: boolean;
  /** Columns first, as Fortran keeps them. */
  readonly fortranOrder?: boolean;
}

/** The array whose bytes fill `buffer`, which it keeps; throws a RangeError where their number does not fit the shape. */
export function arrayOver(buffer: ArrayBuffer, { type, shape, bigEndian, fortranOrder }: ByteForm): NumpyArray {
  const entries = entriesOf(shape);
  if (entries === undefined || entries * widthOf(type) !== buffer.byteLength) {
    throw new RangeError(`Cannot make a ${type} array of shape (${shape.join(", ")}) of ${buffer.byteLength} bytes`);
  }
  const data = numbersOver(type, buffer, bigEndian);
  const turned = fortranOrder && shape.filter((length) => length > 1).length > 1;
  return { kind: "array", type, shape, data: turned ? rowsFirst(data, shape) : data };
}

type Entries = { [place: number]: number | bigint };

/** Entry (i, j, ...) of columns-first data lies at i + shape0 (j + shape1 (...)). */
function rowsFirst(data: NumpyData, shape: readonly number[]): NumpyData {
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((step, length) => step * length, 1));
  const turned = data.slice();
  const [source, to]: readonly [Entries, Entries] = [data, turned];
  const place = shape.map(() => 0);
  let from = 0;
  for (let at = 0; at < turned.length; at++) {
    to[at] = source[from]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      if (++place[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      place[axis] = 0;
    }
  }
  return turned;
}

/** A two-dimensional array as 32-bit floats; those of an f4 array are not copied. Throws a TypeError for other dimensions. */
export function matrixOfArray({ shape, data }: NumpyArray): Matrix {
  const [rows, cols] = shape;
  if (shape.length !== 2) throw new TypeError(`Cannot take an array of shape (${shape.join(", ")}) as a matrix`);
  return matrixOf(rows!, cols!, data instanceof Float32Array ? data : Float32Array.from(data, Number));
}

/** An array's entries as 32-bit integers; throws a RangeError for one that is none. */
export function integersOfArray({ data }: NumpyArray): Int32Array {
  if (data instanceof Int32Array) return data;
  return Int32Array.from<number | bigint>(data, (entry) => {
    const value = Number(entry);
    if ((value | 0) === value) return value;
    throw new RangeError(`Cannot read ${entry} as a 32-bit integer`);
  });
}
