/** The numbers of a numpy array as they lie in memory. */
export type NumpyData =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | Float32Array
  | Float64Array;

/** numpy's name of a number type: kind and bytes. "b1" is bool, 0 or 1 a byte. */
export type NumpyType = "b1" | "i1" | "u1" | "i2" | "u2" | "i4" | "u4" | "i8" | "u8" | "f4" | "f8";

interface Layout {
  readonly width: number;
  readonly over: (buffer: ArrayBuffer) => NumpyData;
}

const layouts: Readonly<Record<NumpyType, Layout>> = {
  b1: { width: 1, over: (buffer) => new Uint8Array(buffer) },
  i1: { width: 1, over: (buffer) => new Int8Array(buffer) },
  u1: { width: 1, over: (buffer) => new Uint8Array(buffer) },
  i2: { width: 2, over: (buffer) => new Int16Array(buffer) },
  u2: { width: 2, over: (buffer) => new Uint16Array(buffer) },
  i4: { width: 4, over: (buffer) => new Int32Array(buffer) },
  u4: { width: 4, over: (buffer) => new Uint32Array(buffer) },
  i8: { width: 8, over: (buffer) => new BigInt64Array(buffer) },
  u8: { width: 8, over: (buffer) => new BigUint64Array(buffer) },
  f4: { width: 4, over: (buffer) => new Float32Array(buffer) },
  f8: { width: 8, over: (buffer) => new Float64Array(buffer) },
};

/** Names of all number types that are read. */
export const numpyTypes: readonly NumpyType[] = Object.keys(layouts) as NumpyType[];

/** The type of that name; undefined for objects, texts, structures and other widths. */
export function numpyTypeOf(name: string): NumpyType | undefined {
  return numpyTypes.find((type) => type === name);
}

/** Bytes a number. */
export function widthOf(type: NumpyType): number {
  return layouts[type].width;
}

/** Numbers over a buffer of their own, without a copy; `bigEndian` turns its bytes round in place first. */
export function numbersOver(type: NumpyType, buffer: ArrayBuffer, bigEndian = false): NumpyData {
  const { width } = layouts[type];
  const bytes = Buffer.from(buffer);
  if (bigEndian && width === 2) bytes.swap16();
  if (bigEndian && width === 4) bytes.swap32();
  if (bigEndian && width === 8) bytes.swap64();
  return layouts[type].over(buffer);
}

/** The type of the numbers of a typed array: u1, never b1, for bytes. */
export function numpyTypeOfData(data: NumpyData): NumpyType {
  const kind =
    data instanceof Float32Array || data instanceof Float64Array
      ? "f"
      : /^(Big)?Int/.test(data.constructor.name)
        ? "i"
        : "u";
  return numpyTypeOf(`${kind}${data.BYTES_PER_ELEMENT}`)!;
}
