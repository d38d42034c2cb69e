/** Storage types this project reads; the names are ggml's. */
export type GgmlTypeName =
  "F32" | "F16" | "BF16" | "Q4_0" | "Q4_1" | "Q5_0" | "Q5_1" | "Q8_0" | "Q4_K" | "Q5_K" | "Q6_K";

/** Storage types this project writes. */
export type EncodableType = "F32" | "F16" | "Q8_0";

/** Number in the file, values a block, bytes a block (ggml/src/ggml-common.h of llama.cpp). */
export interface GgmlType {
  readonly id: number;
  readonly blockSize: number;
  readonly blockBytes: number;
}

export const ggmlTypes: Readonly<Record<GgmlTypeName, GgmlType>> = {
  F32: { id: 0, blockSize: 1, blockBytes: 4 },
  F16: { id: 1, blockSize: 1, blockBytes: 2 },
  Q4_0: { id: 2, blockSize: 32, blockBytes: 18 },
  Q4_1: { id: 3, blockSize: 32, blockBytes: 20 },
  Q5_0: { id: 6, blockSize: 32, blockBytes: 22 },
  Q5_1: { id: 7, blockSize: 32, blockBytes: 24 },
  Q8_0: { id: 8, blockSize: 32, blockBytes: 34 },
  Q4_K: { id: 12, blockSize: 256, blockBytes: 144 },
  Q5_K: { id: 13, blockSize: 256, blockBytes: 176 },
  Q6_K: { id: 14, blockSize: 256, blockBytes: 210 },
  BF16: { id: 30, blockSize: 1, blockBytes: 2 },
};

/** The type with a number, or undefined. */
export function ggmlTypeOf(id: number): GgmlTypeName | undefined {
  return (Object.keys(ggmlTypes) as GgmlTypeName[]).find((name) => ggmlTypes[name].id === id);
}

/** Metadata types in the order of their numbers in the file. */
export const ggufValueTypes = [
  "uint8",
  "int8",
  "uint16",
  "int16",
  "uint32",
  "int32",
  "float32",
  "bool",
  "string",
  "array",
  "uint64",
  "int64",
  "float64",
] as const;

export type GgufNumberType = "uint8" | "int8" | "uint16" | "int16" | "uint32" | "int32" | "float32" | "float64";
export type GgufScalarType = GgufNumberType | "uint64" | "int64" | "bool" | "string";

/** A metadata value with the type it has in the file, so that a copy keeps it. */
export type GgufValue =
  | { readonly type: GgufNumberType; readonly value: number }
  | { readonly type: "uint64" | "int64"; readonly value: bigint }
  | { readonly type: "bool"; readonly value: boolean }
  | { readonly type: "string"; readonly value: string }
  | {
      readonly type: "array";
      readonly items: GgufScalarType;
      readonly value: readonly (string | number | bigint | boolean)[];
    };

/** Where a tensor lies in its file. */
export interface GgufTensor {
  readonly name: string;
  /** In ggml's order: input features (contiguous) first. */
  readonly dims: readonly number[];
  readonly type: GgmlTypeName;
  /** From the start of the file, in bytes. */
  readonly offset: number;
  readonly byteLength: number;
}

/** The header of a GGUF file; tensors are read when asked for. */
export interface GgufFile {
  readonly path: string;
  readonly version: number;
  readonly metadata: ReadonlyMap<string, GgufValue>;
  readonly tensors: ReadonlyMap<string, GgufTensor>;
}

/** How many values a tensor of these dimensions holds. */
export function sizeOf(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

/** Bytes of a tensor; throws when its rows are not whole blocks. */
export function byteLengthOf(dims: readonly number[], type: GgmlTypeName): number {
  const { blockSize, blockBytes } = ggmlTypes[type];
  if ((dims[0] ?? 1) % blockSize !== 0) {
    throw new RangeError(`Cannot store rows of ${dims[0]} values as ${type}: its blocks hold ${blockSize}`);
  }
  return (sizeOf(dims) / blockSize) * blockBytes;
}
