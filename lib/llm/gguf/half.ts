const floatView = new Float32Array(1);
const bitsView = new Uint32Array(floatView.buffer);

/** Bits of the 32-bit float equal to a 16-bit float; exact, also for subnormal numbers. */
function widenedBits(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 31) return (sign | 0x7f800000 | (fraction << 13)) >>> 0;
  if (exponent > 0) return (sign | ((exponent + 112) << 23) | (fraction << 13)) >>> 0;
  floatView[0] = fraction * 2 ** -24;
  return (sign | bitsView[0]!) >>> 0;
}

/** For each of the 65536 16-bit floats, the bits of the equal 32-bit float. */
export const halfToFloatBits: Uint32Array = Uint32Array.from({ length: 65536 }, (_, half) => widenedBits(half));

/** For each of the 65536 16-bit floats, its value. */
export const halfToFloat: Float32Array = new Float32Array(halfToFloatBits.buffer);

/** The 16-bit little-endian integer at a byte offset. */
export function uint16At(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8);
}

/** The 16-bit float at a byte offset. */
export function halfAt(bytes: Uint8Array, at: number): number {
  return halfToFloat[uint16At(bytes, at)]!;
}

/** Bits of the 16-bit float nearest to a number, ties to even; above 65504 + 16 infinity, as ggml and NumPy do. */
export function halfBitsOf(value: number): number {
  floatView[0] = value;
  const bits = bitsView[0]!;
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x47800000) return sign | 0x7c00;
  if (magnitude >= 0x38800000) {
    // Normal: rebias the exponent, then round off 13 bits; a carry runs into the exponent, up to infinity.
    const rebiased = magnitude - (112 << 23);
    return sign | ((rebiased + 0xfff + ((rebiased >>> 13) & 1)) >>> 13);
  }
  // Subnormal: a multiple of 2^-24, rounded to even.
  const scaled = Math.abs(floatView[0]) * 2 ** 24;
  const floor = Math.floor(scaled);
  const rest = scaled - floor;
  return sign | (rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor);
}
