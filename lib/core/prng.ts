import { createHash } from "node:crypto";

/** A source of uniform numbers in [0, 1); every function that samples takes one as a required argument. */
export type Prng = () => number;

/** One part of the path that names a stream of random numbers. */
export type PrngLabel = string | number;

/**
 * A stream of random numbers named by a seed and a path of labels.
 *
 * Streams are independent of the order in which they are made, so a resumed run needs no saved generator state:
 * step 17's dropout is `prngOf(seed, "dropout", 17)` whenever it is computed. The generator is sfc32
 * (Doty-Humphrey, PractRand), its state taken from SHA-256 of the path.
 *
 * @example
 * const prng = prngOf(7, "negatives", 3);
 * prng(); // 0.3854...
 */
export function prngOf(seed: number, ...path: readonly PrngLabel[]): Prng {
  const digest = createHash("sha256")
    .update(JSON.stringify([seed, ...path]))
    .digest();
  return sfc32(digest.readUInt32LE(0), digest.readUInt32LE(4), digest.readUInt32LE(8), 1);
}

/** sfc32 from a 128-bit state; the first twelve numbers are dropped, as PractRand does where it seeds with 64 bits. */
export function sfc32(a: number, b: number, c: number, counter: number): Prng {
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return (sum >>> 0) / 4294967296;
  };
  for (let i = 0; i < 12; i++) next();
  return next;
}

/** A 32-bit unsigned integer that names a stream, for engines that take a number as their seed. */
export function seedOf(seed: number, ...path: readonly PrngLabel[]): number {
  return Math.floor(prngOf(seed, ...path)() * 4294967296) >>> 0;
}

/** A uniform integer in [0, n); throws for n < 1. */
export function randomInt(prng: Prng, n: number): number {
  if (!(n >= 1)) throw new RangeError(`Cannot draw an integer below ${n}: the bound must be at least 1`);
  return Math.floor(prng() * n);
}

/** A standard normal number (Box-Muller, the cosine branch; two uniforms a number). */
export function randomNormal(prng: Prng): number {
  const radius = Math.sqrt(-2 * Math.log(1 - prng()));
  return radius * Math.cos(2 * Math.PI * prng());
}

/** A shuffled copy (Fisher-Yates, from the end). */
export function shuffled<T>(values: ArrayLike<T>, prng: Prng): T[] {
  const copy = Array.from(values);
  for (let i = copy.length - 1; i > 0; i--) {
    const j = randomInt(prng, i + 1);
    const held = copy[i] as T;
    copy[i] = copy[j] as T;
    copy[j] = held;
  }
  return copy;
}

/** The integers 0..n-1 in random order. */
export function randomPermutation(n: number, prng: Prng): Int32Array {
  const order = Int32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = randomInt(prng, i + 1);
    const held = order[i]!;
    order[i] = order[j]!;
    order[j] = held;
  }
  return order;
}

/** `count` different values, in random order; throws when there are fewer. */
export function sampled<T>(values: ArrayLike<T>, count: number, prng: Prng): T[] {
  if (count > values.length) {
    throw new RangeError(`Cannot sample ${count} values: only ${values.length} are there`);
  }
  return shuffled(values, prng).slice(0, count);
}
