import type { ModelConfig } from "./config";
import { upload, type Handle, type Scope } from "./device";
import { asComplex, asFloats, complexMul, conjugate, reshape } from "./ops";

/** Rotations of one batch's rows, for queries and keys side by side; queries also carry 1 / sqrt(headWidth). */
export interface RopeTable {
  /** [N, (heads + kvHeads) * headWidth / 2], complex. */
  readonly forward: Handle;
  /** Its conjugate. */
  readonly backward: Handle;
}

/** Angle of each pair of a head at position 1: base^(-2i / dimensions) * scale / divisor_i, zero beyond the turned entries. */
export function ropeFrequencies(config: ModelConfig, divisors?: Float32Array): Float64Array {
  const frequencies = new Float64Array(config.headWidth / 2);
  for (let i = 0; i < config.ropeDimensions / 2; i++) {
    const frequency = config.ropeBase ** ((-2 * i) / config.ropeDimensions);
    frequencies[i] = (frequency * config.ropeScale) / (divisors?.[i] ?? 1);
  }
  return frequencies;
}

/** The table for rows at the given positions. */
export function ropeTable(s: Scope, config: ModelConfig, frequencies: Float64Array, positions: Int32Array): RopeTable {
  const { heads, kvHeads, headWidth } = config;
  const stride = (heads + kvHeads) * headWidth;
  const queryScale = 1 / Math.sqrt(headWidth);
  const table = new Float32Array(positions.length * stride);
  const known = new Map<number, number>();
  positions.forEach((position, n) => {
    const row = n * stride;
    const same = known.get(position);
    if (same !== undefined) {
      table.copyWithin(row, same, same + stride);
      return;
    }
    known.set(position, row);
    for (let i = 0; i < frequencies.length; i++) {
      const angle = position * (frequencies[i] as number);
      const cos = Math.cos(angle);
      const sin = Math.sin(angle);
      for (let h = 0; h < heads + kvHeads; h++) {
        const scale = h < heads ? queryScale : 1;
        table[row + h * headWidth + 2 * i] = cos * scale;
        table[row + h * headWidth + 2 * i + 1] = sin * scale;
      }
    }
  });
  const floats = upload(s, [positions.length, stride / 2, 2], table);
  const forward = asComplex(s, floats);
  s.free(floats);
  return { forward, backward: conjugate(s, forward) };
}

/** Turns adjacent pairs of x [N, c] by the complex numbers of `rotations` [N, c / 2]. */
export function rotate(s: Scope, x: Handle, rotations: Handle): Handle {
  const [rows, cols] = x.shape as readonly [number, number];
  const pairs = reshape(s, x, [rows, cols / 2, 2]);
  const complex = asComplex(s, pairs);
  const turned = complexMul(s, complex, rotations);
  const floats = asFloats(s, turned);
  const result = reshape(s, floats, [rows, cols]);
  s.free(pairs, complex, turned, floats);
  return result;
}
