/** `count` numbers in [0, 1) from a hash of (seed, index), equal to test/reference/noise.py. */
export function uniform(seed: number, count: number): Float64Array {
  const start = (Math.imul(seed, 0x85ebca77) + 1) >>> 0;
  return Float64Array.from({ length: count }, (_, i) => {
    let x = (Math.imul(i, 0x9e3779b1) + start) >>> 0;
    x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
    return ((x ^ (x >>> 16)) >>> 0) / 4294967296;
  });
}

/** `count` 32-bit floats uniform in +-scale. */
export function noise(seed: number, count: number, scale: number): Float32Array {
  return Float32Array.from(uniform(seed, count), (u) => (2 * u - 1) * scale);
}
