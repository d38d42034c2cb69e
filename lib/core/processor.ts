import { readFileSync } from "node:fs";
import { cpus } from "node:os";

/**
 * The processor's name and, on x86 under Linux, its widest vectors: sums over other lengths round otherwise, and products take
 * up to twice the time.
 *
 * @example processorName() // "AMD EPYC, AVX2"
 */
export function processorName(): string {
  const name = cpus()[0]?.model.trim() ?? "unknown processor";
  const vectors = widestVectors(processorFile());
  return vectors ? `${name}, ${vectors}` : name;
}

/** The widest vectors among the flags of /proc/cpuinfo. */
export function widestVectors(cpuinfo: string): string | undefined {
  const flags = processorFlags(cpuinfo);
  if (flags.has("avx512f")) return "AVX-512";
  if (flags.has("avx2")) return "AVX2";
  return flags.has("avx") ? "AVX" : undefined;
}

/** What the first processor of /proc/cpuinfo knows to do, on x86. */
export function processorFlags(cpuinfo: string = processorFile()): ReadonlySet<string> {
  return new Set(/^flags\s*:(.*)$/m.exec(cpuinfo)?.[1]?.trim().split(/\s+/));
}

function processorFile(): string {
  try {
    return readFileSync("/proc/cpuinfo", "utf8");
  } catch {
    // Not Linux, or hidden: the name has to do.
    return "";
  }
}
