import type { KernelFunctions } from "./functions";

/** The kernels whose rows are made independently of each other, so that threads can share them. */
export type SharedKernel = "gemm" | "gemmTransposedA" | "spmm" | "adam" | "bestColumns" | "addRectifiedSums";

/** How a kernel's work falls into parts. */
interface Sharing {
  /** Rows (of `adam`: numbers), and the time of one in that of about so many multiplications of `gemm`. */
  readonly size: (args: readonly number[]) => readonly [rows: number, cost: number];
  /** The arguments for rows [from, to). */
  readonly part: (args: readonly number[], from: number, to: number) => readonly number[];
}

const float = 4;
const moved = (address: number, bytes: number): number => (address === 0 ? 0 : address + bytes);

/** Numbers of scratch that `bestColumns` needs for each of its rows, for the best k. */
export const bestScratch = (k: number): number => 16 * k;

const sharings: Readonly<Record<SharedKernel, Sharing>> = {
  gemm: {
    size: ([, , , n, k, m]) => [n!, k! * m!],
    part: ([a, b, c, , k, m, bias, flags], from, to) => [
      a! + from * k! * float,
      b!,
      c! + from * m! * float,
      to - from,
      k!,
      m!,
      bias!,
      flags!,
    ],
  },
  gemmTransposedA: {
    size: ([, , , n, k, m]) => [k!, n! * m!],
    // The compiled kernel takes the rows of C to be made.
    part: ([a, d, c, n, k, m], from, to) => [a!, d!, c!, n!, k!, m!, from, to],
  },
  spmm: {
    // Rows have some neighbours on average; how many, the addresses do not say.
    size: ([, , , , , , , , n, m]) => [n!, 8 * m!],
    part: ([starts, columns, values, diagonal, base, same, other, y, , m, list], from, to) => {
      const rest = [to - from, m!, moved(list!, from * float)];
      if (list !== 0) return [starts!, columns!, values!, diagonal!, base!, same!, other!, y!, ...rest];
      const row = from * m! * float;
      const own = [moved(base!, row), moved(same!, row), other!, y! + row];
      return [moved(starts!, from * float), columns!, values!, moved(diagonal!, from * float), ...own, ...rest];
    },
  },
  adam: {
    size: ([, , , , count]) => [count!, 12],
    part: ([value, gradient, first, second, , ...settings], from, to) => [
      ...[value!, gradient!, first!, second!].map((address) => address + from * float),
      to - from,
      ...settings,
    ],
  },
  bestColumns: {
    size: ([, n, m]) => [n!, 10 * m!],
    // Scratch of its own for each part.
    part: ([s, , m, k, best, scratch], from, to) => [
      s! + from * m! * float,
      to - from,
      m!,
      k!,
      best! + from * k! * float,
      scratch! + from * bestScratch(k!) * float,
    ],
  },
  addRectifiedSums: {
    size: ([, , , n, k, m]) => [n!, 2 * k! * m!],
    part: ([a, b, s, , k, m], from, to) => [a! + from * k! * float, b!, s! + from * m! * float, to - from, k!, m!],
  },
};

/** In the order of their numbers. */
export const sharedKernels = Object.keys(sharings) as readonly SharedKernel[];

/** At most so many parts, each worth at least so many multiplications (about a tenth of a millisecond). */
const limits = { parts: 16, cost: 1e6 } as const;
// Kernels work on four rows or numbers at a time.
const grain = 4;

/** Into how many parts a call falls: a matter of its size alone, so that results do not depend on the threads. */
export function partsOf(kernel: SharedKernel, args: readonly number[]): number {
  const [rows, cost] = sharings[kernel].size(args);
  const most = Math.min(limits.parts, Math.floor(rows / grain));
  return Math.max(1, Math.min(most, Math.floor((rows * cost) / limits.cost)));
}

/** Does part `at` of `parts` of a call. */
export function runPart(
  run: KernelFunctions,
  kernel: SharedKernel,
  args: readonly number[],
  at: number,
  parts: number,
): number {
  const { size, part } = sharings[kernel];
  const [rows] = size(args);
  const border = (p: number): number => (p === parts ? rows : Math.floor((rows * p) / parts / grain) * grain);
  const call = run[kernel] as (...values: readonly number[]) => number | void;
  return call(...part(args, border(at), border(at + 1))) ?? 0;
}
