import { availableParallelism } from "node:os";
import { MissingInputError } from "./errors";
import { messageOf } from "./files";
import { processorFlags } from "./processor";

/** Numbers in a vector of the processor. */
export type Lanes = 4 | 8 | 16;

let found: readonly Lanes[] | undefined;

/**
 * Widths of vectors that this processor has and lib's C++ is compiled for, widest first: 16 (AVX-512), 8 (AVX2), 4.
 *
 * Results differ in rounding between widths.
 */
export function vectorLanes(): readonly Lanes[] {
  found ??= lanesOf(processorFlags());
  return found;
}

export function lanesOf(flags: ReadonlySet<string>): readonly Lanes[] {
  const eight = flags.has("avx2") && flags.has("fma");
  return [...(flags.has("avx512f") ? ([16] as const) : []), ...(eight ? ([8] as const) : []), 4];
}

/** The processors that this process may use, or fewer where TensorFlow is told to use fewer. */
export function threadCount(): number {
  const told = Number(process.env["TF_NUM_INTRAOP_THREADS"]);
  return Math.min(availableParallelism(), told >= 1 ? told : Infinity);
}

/**
 * Loads compiled code by its path without width and extension.
 *
 * @throws MissingInputError if it is not there or cannot be loaded
 */
export function loadNative(path: string, lanes: Lanes): unknown {
  const file = `${path}-${lanes}.node`;
  try {
    return require(file) as unknown;
  } catch (error) {
    throw new MissingInputError(
      `the compiled code ${file} (${messageOf(error)})`,
      "run npm run setup, or node scripts/build-native.mjs",
    );
  }
}
