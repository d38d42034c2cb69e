import { halfBitsOf } from "./half";
import { byteLengthOf, type EncodableType } from "./types";

/** Stored bytes of values, whole blocks; bit for bit what ggml's reference encoders make. */
export function encode(values: Float32Array, type: EncodableType): Uint8Array {
  const bytes = new Uint8Array(byteLengthOf([values.length], type));
  if (type === "F32") bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  else if (type === "F16") encodeF16(values, bytes);
  else encodeQ80(values, bytes);
  return bytes;
}

function encodeF16(values: Float32Array, bytes: Uint8Array): void {
  const halves = new Uint16Array(bytes.buffer);
  for (let i = 0; i < values.length; i++) halves[i] = halfBitsOf(values[i]!);
}

// As quantize_row_q8_0_ref: every product is rounded to 32 bits, halves are rounded away from zero.
function encodeQ80(values: Float32Array, bytes: Uint8Array): void {
  for (let y = 0, at = 0; y < values.length; y += 32, at += 34) {
    let largest = 0;
    for (let j = 0; j < 32; j++) {
      const magnitude = Math.abs(values[y + j]!);
      if (!(magnitude < Infinity)) throw new RangeError(`Cannot store value ${y + j} as Q8_0: it is ${values[y + j]}`);
      if (magnitude > largest) largest = magnitude;
    }
    const d = Math.fround(largest / 127);
    const inverse = d === 0 ? 0 : Math.fround(1 / d);
    const half = halfBitsOf(d);
    bytes[at] = half & 255;
    bytes[at + 1] = half >>> 8;
    for (let j = 0; j < 32; j++) {
      const scaled = Math.fround(values[y + j]! * inverse);
      bytes[at + 2 + j] = Math.sign(scaled) * Math.floor(Math.abs(scaled) + 0.5);
    }
  }
}
