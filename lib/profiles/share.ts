import { randomPermutation, type Prng } from "../core";

/** A share with its uncertainty. */
export interface Share {
  readonly count: number;
  readonly n: number;
  /** count / n, 0..1; NaN for n = 0. */
  readonly share: number;
  /** Wilson score interval at 95%, 0..1; [0, 1] for n = 0. */
  readonly low: number;
  readonly high: number;
}

const z95 = 1.959963984540054;

/**
 * A share with its Wilson score interval (Wilson 1927), which stays inside [0, 1] and is honest at 0 and n.
 *
 * @example shareOf(9, 10) // low .596, high .982
 */
export function shareOf(count: number, n: number, z = z95): Share {
  if (!(count >= 0 && count <= n)) throw new RangeError(`Cannot take the share of ${count} in ${n}`);
  if (n === 0) return { count, n, share: NaN, low: 0, high: 1 };
  const share = count / n;
  const centre = share + (z * z) / (2 * n);
  const spread = z * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n));
  const scale = 1 + (z * z) / n;
  return { count, n, share, low: Math.max(0, (centre - spread) / scale), high: Math.min(1, (centre + spread) / scale) };
}

/** A permutation of 0..n-1 that leaves no place as it is: a random cycle. Throws for n < 2. */
export function derangement(n: number, prng: Prng): Int32Array {
  if (n < 2) throw new RangeError(`Cannot exchange ${n} entries: at least 2 are needed`);
  const cycle = randomPermutation(n, prng);
  const to = new Int32Array(n);
  for (let k = 0; k < n; k++) to[cycle[k]!] = cycle[(k + 1) % n]!;
  return to;
}
