import { halfAt } from "./half";

const scale = new Float32Array(8);
const minimum = new Float32Array(8);

/** Eight 6-bit scales and minima packed in 12 bytes, times the block's d and dmin. */
function readScales(bytes: Uint8Array, at: number): void {
  const d = halfAt(bytes, at);
  const dmin = halfAt(bytes, at + 2);
  const packed = at + 4;
  for (let g = 0; g < 4; g++) {
    scale[g] = d * (bytes[packed + g]! & 63);
    minimum[g] = dmin * (bytes[packed + g + 4]! & 63);
  }
  for (let g = 4; g < 8; g++) {
    scale[g] = d * ((bytes[packed + g + 4]! & 15) | ((bytes[packed + g - 4]! >>> 6) << 4));
    minimum[g] = dmin * ((bytes[packed + g + 4]! >>> 4) | ((bytes[packed + g]! >>> 6) << 4));
  }
}

/** Q4_K: 256 values in 144 bytes. */
export function decodeQ4K(bytes: Uint8Array, values: Float32Array): void {
  for (let at = 0, y = 0; at < bytes.length; at += 144, y += 256) {
    readScales(bytes, at);
    for (let i = 0; i < 256; i++) {
      const g = i >>> 5;
      const pair = bytes[at + 16 + 32 * (g >>> 1) + (i & 31)]!;
      const q = g & 1 ? pair >>> 4 : pair & 15;
      values[y + i] = Math.fround(scale[g]! * q) - minimum[g]!;
    }
  }
}

/** Q5_K: 256 values in 176 bytes. */
export function decodeQ5K(bytes: Uint8Array, values: Float32Array): void {
  for (let at = 0, y = 0; at < bytes.length; at += 176, y += 256) {
    readScales(bytes, at);
    for (let i = 0; i < 256; i++) {
      const g = i >>> 5;
      const pair = bytes[at + 48 + 32 * (g >>> 1) + (i & 31)]!;
      const low = g & 1 ? pair >>> 4 : pair & 15;
      const q = low | (((bytes[at + 16 + (i & 31)]! >>> g) & 1) << 4);
      values[y + i] = Math.fround(scale[g]! * q) - minimum[g]!;
    }
  }
}

/** Q6_K: 256 values in 210 bytes. */
export function decodeQ6K(bytes: Uint8Array, values: Float32Array): void {
  for (let at = 0, y = 0; at < bytes.length; at += 210, y += 256) {
    const d = halfAt(bytes, at + 208);
    for (let i = 0; i < 256; i++) {
      const half = i >>> 7;
      const k = (i >>> 5) & 3;
      const l = i & 31;
      const pair = bytes[at + 64 * half + 32 * (k & 1) + l]!;
      const low = k < 2 ? pair & 15 : pair >>> 4;
      const high = (bytes[at + 128 + 32 * half + l]! >>> (2 * k)) & 3;
      const groupScale = (bytes[at + 192 + 8 * half + 2 * k + (l >>> 4)]! << 24) >> 24;
      values[y + i] = Math.fround(d * groupScale) * ((low | (high << 4)) - 32);
    }
  }
}
