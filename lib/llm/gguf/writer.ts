import type { FileHandle } from "node:fs/promises";
import { replaceFile } from "../../core";
import { encode } from "./quantise";
import {
  byteLengthOf,
  type EncodableType,
  ggmlTypes,
  type GgmlTypeName,
  type GgufScalarType,
  type GgufValue,
  ggufValueTypes,
  sizeOf,
} from "./types";

/** A tensor to be written; its bytes are asked for when their turn comes. */
export interface GgufTensorSource {
  readonly name: string;
  /** In ggml's order: input features first. */
  readonly dims: readonly number[];
  readonly type: GgmlTypeName;
  /** The stored bytes, in pieces. */
  bytes(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

/** What a GGUF file holds. */
export interface GgufContent {
  readonly metadata: ReadonlyMap<string, GgufValue>;
  readonly tensors: readonly GgufTensorSource[];
}

/** A tensor to be written from values in memory, row-major [ne1, ne0]; throws when their number is not the dimensions'. */
export function tensorFrom(
  name: string,
  dims: readonly number[],
  values: Float32Array,
  type: EncodableType = "F32",
): GgufTensorSource {
  if (values.length !== sizeOf(dims)) {
    throw new RangeError(`Cannot write tensor "${name}" of ${dims.join(" x ")}: ${values.length} values are given`);
  }
  return { name, dims, type, bytes: () => [encode(values, type)] };
}

/**
 * Writes a GGUF file (version 3), tensor by tensor, atomically; metadata keep their types.
 *
 * @example
 * await writeGguf("tiny.gguf", {
 *   metadata: new Map([["general.architecture", { type: "string", value: "llama" }]]),
 *   tensors: [tensorFrom("output_norm.weight", [64], new Float32Array(64).fill(1))],
 * });
 */
export async function writeGguf(path: string, content: GgufContent): Promise<void> {
  const alignment = Number(content.metadata.get("general.alignment")?.value ?? 32);
  const padded = (length: number): number => Math.ceil(length / alignment) * alignment;
  const header = headerOf(content, padded);
  await replaceFile(path, async (file) => {
    // Of a handle's ways to write this one goes on until all is written.
    await file.writeFile(header);
    await pad(file, padded(header.length) - header.length);
    for (const tensor of content.tensors) {
      let written = 0;
      for await (const piece of tensor.bytes()) {
        await file.writeFile(piece);
        written += piece.length;
      }
      const expected = byteLengthOf(tensor.dims, tensor.type);
      if (written !== expected) {
        throw new RangeError(`tensor "${tensor.name}" gave ${written} bytes, its dimensions need ${expected}`);
      }
      await pad(file, padded(written) - written);
    }
  });
}

function pad(file: FileHandle, count: number): Promise<void> {
  return file.writeFile(new Uint8Array(count));
}

function headerOf(content: GgufContent, padded: (length: number) => number): Buffer {
  const parts: Buffer[] = [
    Buffer.from("GGUF"),
    uint32(3),
    uint64(content.tensors.length),
    uint64(content.metadata.size),
  ];
  for (const [key, value] of content.metadata) {
    parts.push(stringBytes(key), uint32(ggufValueTypes.indexOf(value.type)));
    if (value.type === "array") {
      parts.push(uint32(ggufValueTypes.indexOf(value.items)), uint64(value.value.length));
      for (const item of value.value) parts.push(scalarBytes(value.items, item));
    } else parts.push(scalarBytes(value.type, value.value));
  }
  let offset = 0;
  for (const { name, dims, type } of content.tensors) {
    parts.push(stringBytes(name), uint32(dims.length), ...dims.map(uint64), uint32(ggmlTypes[type].id), uint64(offset));
    offset += padded(byteLengthOf(dims, type));
  }
  return Buffer.concat(parts);
}

type NumberWriter = (bytes: Buffer, value: number) => number;

const numberWriters: Readonly<Record<Exclude<GgufScalarType, "string" | "uint64" | "int64">, [number, NumberWriter]>> =
  {
    uint8: [1, (bytes, value) => bytes.writeUInt8(value)],
    int8: [1, (bytes, value) => bytes.writeInt8(value)],
    uint16: [2, (bytes, value) => bytes.writeUInt16LE(value)],
    int16: [2, (bytes, value) => bytes.writeInt16LE(value)],
    uint32: [4, (bytes, value) => bytes.writeUInt32LE(value)],
    int32: [4, (bytes, value) => bytes.writeInt32LE(value)],
    float32: [4, (bytes, value) => bytes.writeFloatLE(value)],
    float64: [8, (bytes, value) => bytes.writeDoubleLE(value)],
    bool: [1, (bytes, value) => bytes.writeUInt8(value)],
  };

function scalarBytes(type: GgufScalarType, value: string | number | bigint | boolean): Buffer {
  if (type === "string") return stringBytes(String(value));
  if (type === "uint64" || type === "int64") {
    const bytes = Buffer.alloc(8);
    if (type === "uint64") bytes.writeBigUInt64LE(BigInt(value));
    else bytes.writeBigInt64LE(BigInt(value));
    return bytes;
  }
  const [length, write] = numberWriters[type];
  const bytes = Buffer.alloc(length);
  write(bytes, Number(value));
  return bytes;
}

function stringBytes(text: string): Buffer {
  const bytes = Buffer.from(text, "utf8");
  return Buffer.concat([uint64(bytes.length), bytes]);
}

function uint32(value: number): Buffer {
  return scalarBytes("uint32", value);
}

function uint64(value: number): Buffer {
  return scalarBytes("uint64", BigInt(value));
}
