import type { Cursor } from "./cursor";
import { type GgufFile, type GgufScalarType, type GgufValue, ggufValueTypes } from "./types";

type Scalar = string | number | bigint | boolean;

interface FixedType {
  readonly bytes: number;
  read(view: DataView, at: number): number | bigint | boolean;
}

const fixedTypes: Readonly<Record<Exclude<GgufScalarType, "string">, FixedType>> = {
  uint8: { bytes: 1, read: (view, at) => view.getUint8(at) },
  int8: { bytes: 1, read: (view, at) => view.getInt8(at) },
  uint16: { bytes: 2, read: (view, at) => view.getUint16(at, true) },
  int16: { bytes: 2, read: (view, at) => view.getInt16(at, true) },
  uint32: { bytes: 4, read: (view, at) => view.getUint32(at, true) },
  int32: { bytes: 4, read: (view, at) => view.getInt32(at, true) },
  float32: { bytes: 4, read: (view, at) => view.getFloat32(at, true) },
  bool: { bytes: 1, read: (view, at) => view.getUint8(at) !== 0 },
  uint64: { bytes: 8, read: (view, at) => view.getBigUint64(at, true) },
  int64: { bytes: 8, read: (view, at) => view.getBigInt64(at, true) },
  float64: { bytes: 8, read: (view, at) => view.getFloat64(at, true) },
};

function readScalar(cursor: Cursor, type: GgufScalarType, what: string): Scalar {
  if (type === "string") return cursor.string(what);
  const fixed = fixedTypes[type];
  return cursor.fixed(fixed.bytes, what, (view, at) => fixed.read(view, at));
}

/** One metadata value: its type number, then its bytes. */
export function readValue(cursor: Cursor, key: string): GgufValue {
  const what = `the value of "${key}"`;
  const type = typeAt(cursor, what);
  if (type !== "array") return { type, value: readScalar(cursor, type, what) } as GgufValue;
  const items = typeAt(cursor, what);
  if (items === "array") throw cursor.fail(`${what} is an array of arrays, which no known model uses`);
  const count = cursor.count(`the length of "${key}"`, items === "string" ? 8 : fixedTypes[items].bytes);
  const value: Scalar[] = [];
  for (let i = 0; i < count; i++) value.push(readScalar(cursor, items, what));
  return { type, items, value };
}

function typeAt(cursor: Cursor, what: string): (typeof ggufValueTypes)[number] {
  const id = cursor.uint32(`the type of ${what}`);
  const type = ggufValueTypes[id];
  if (type === undefined) throw cursor.fail(`${what} has type ${id}; known are 0 to ${ggufValueTypes.length - 1}`);
  return type;
}

/** A metadata number of any width; throws when the key is missing and no fallback is given, or is not a number. */
export function metadataNumber(file: GgufFile, key: string, fallback?: number): number {
  const value = file.metadata.get(key)?.value ?? fallback;
  if (typeof value === "bigint") return Number(value);
  if (typeof value !== "number") throw wrongKey(file, key, "a number");
  return value;
}

/** A metadata string; throws as `metadataNumber` does. */
export function metadataString(file: GgufFile, key: string, fallback?: string): string {
  const value = file.metadata.get(key)?.value ?? fallback;
  if (typeof value !== "string") throw wrongKey(file, key, "a string");
  return value;
}

/** A metadata array of strings; throws when it is missing or of another type. */
export function metadataStrings(file: GgufFile, key: string): readonly string[] {
  const found = file.metadata.get(key);
  if (found?.type !== "array" || found.items !== "string") throw wrongKey(file, key, "an array of strings");
  return found.value as readonly string[];
}

function wrongKey(file: GgufFile, key: string, wanted: string): TypeError {
  const state = file.metadata.has(key) ? `is ${file.metadata.get(key)?.type}` : "is missing";
  return new TypeError(`Cannot use ${file.path}: metadata "${key}" ${state}, ${wanted} is needed`);
}
