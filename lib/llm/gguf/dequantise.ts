import { halfAt, halfToFloatBits, uint16At } from "./half";
import { decodeQ4K, decodeQ5K, decodeQ6K } from "./kQuants";
import type { GgmlTypeName } from "./types";

/** Turns whole blocks of stored bytes into values; `values` holds exactly as many as the blocks do. */
export type BlockDecoder = (bytes: Uint8Array, values: Float32Array) => void;

const decoders: Readonly<Record<GgmlTypeName, BlockDecoder>> = {
  F32: (bytes, values) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength).set(bytes),
  F16: decodeF16,
  BF16: decodeBf16,
  Q4_0: decodeQ40,
  Q4_1: decodeQ41,
  Q5_0: decodeQ50,
  Q5_1: decodeQ51,
  Q8_0: decodeQ80,
  Q4_K: decodeQ4K,
  Q5_K: decodeQ5K,
  Q6_K: decodeQ6K,
};

/** The decoder of a storage type; layouts as in llama.cpp, ggml/src/ggml-common.h and ggml-quants.c. */
export function decoderOf(type: GgmlTypeName): BlockDecoder {
  return decoders[type];
}

// Bits are copied, not numbers, so that a NaN keeps its payload.
function bitsOf(values: Float32Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length);
}

function decodeF16(bytes: Uint8Array, values: Float32Array): void {
  const bits = bitsOf(values);
  for (let i = 0; i < bits.length; i++) bits[i] = halfToFloatBits[uint16At(bytes, 2 * i)]!;
}

function decodeBf16(bytes: Uint8Array, values: Float32Array): void {
  const bits = bitsOf(values);
  for (let i = 0; i < bits.length; i++) bits[i] = uint16At(bytes, 2 * i) << 16;
}

function decodeQ40(bytes: Uint8Array, values: Float32Array): void {
  for (let at = 0, y = 0; at < bytes.length; at += 18, y += 32) {
    const d = halfAt(bytes, at);
    for (let j = 0; j < 16; j++) {
      const pair = bytes[at + 2 + j]!;
      values[y + j] = d * ((pair & 15) - 8);
      values[y + j + 16] = d * ((pair >>> 4) - 8);
    }
  }
}

// The product is rounded to 32 bits before the minimum is added, as in single-precision code.
function decodeQ41(bytes: Uint8Array, values: Float32Array): void {
  for (let at = 0, y = 0; at < bytes.length; at += 20, y += 32) {
    const d = halfAt(bytes, at);
    const m = halfAt(bytes, at + 2);
    for (let j = 0; j < 16; j++) {
      const pair = bytes[at + 4 + j]!;
      values[y + j] = Math.fround(d * (pair & 15)) + m;
      values[y + j + 16] = Math.fround(d * (pair >>> 4)) + m;
    }
  }
}

function decodeQ50(bytes: Uint8Array, values: Float32Array): void {
  for (let at = 0, y = 0; at < bytes.length; at += 22, y += 32) {
    const d = halfAt(bytes, at);
    const high = uint16At(bytes, at + 2) | (uint16At(bytes, at + 4) << 16);
    for (let j = 0; j < 16; j++) {
      const pair = bytes[at + 6 + j]!;
      values[y + j] = d * (((pair & 15) | (((high >>> j) & 1) << 4)) - 16);
      values[y + j + 16] = d * (((pair >>> 4) | (((high >>> (j + 16)) & 1) << 4)) - 16);
    }
  }
}

function decodeQ51(bytes: Uint8Array, values: Float32Array): void {
  for (let at = 0, y = 0; at < bytes.length; at += 24, y += 32) {
    const d = halfAt(bytes, at);
    const m = halfAt(bytes, at + 2);
    const high = uint16At(bytes, at + 4) | (uint16At(bytes, at + 6) << 16);
    for (let j = 0; j < 16; j++) {
      const pair = bytes[at + 8 + j]!;
      values[y + j] = Math.fround(d * ((pair & 15) | (((high >>> j) & 1) << 4))) + m;
      values[y + j + 16] = Math.fround(d * ((pair >>> 4) | (((high >>> (j + 16)) & 1) << 4))) + m;
    }
  }
}

function decodeQ80(bytes: Uint8Array, values: Float32Array): void {
  for (let at = 0, y = 0; at < bytes.length; at += 34, y += 32) {
    const d = halfAt(bytes, at);
    for (let j = 0; j < 32; j++) values[y + j] = d * ((bytes[at + 2 + j]! << 24) >> 24);
  }
}
