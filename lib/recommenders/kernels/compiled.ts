import { join } from "node:path";
import { type Lanes, loadNative } from "../../core";

/** The kernels in C++ (native/addon.cc); counts come first, then the arrays that they are checked against. */
interface Compiled {
  exponentialSums(
    n: number,
    m: number,
    d: number,
    threads: number,
    temperature: number,
    x: Float32Array,
    y: Float32Array,
    values: Float32Array,
    out: Float32Array,
    sums: Float32Array,
  ): void;
  denseForward(
    n: number,
    k: number,
    h: number,
    threads: number,
    x: Float32Array,
    weight: Float32Array,
    bias: Float32Array,
    y: Float32Array,
  ): void;
  denseBackward(
    n: number,
    k: number,
    h: number,
    threads: number,
    x: Float32Array,
    dY: Float32Array,
    dWeight: Float32Array,
    dBias: Float32Array,
  ): void;
}

const loaded = new Map<Lanes, Compiled>();

/**
 * Kernels compiled for the processor's own vectors, which WebAssembly's 128 bits without fused products do not reach. Rounding
 * depends on their width, not on the threads.
 *
 * @throws MissingInputError where they are not there or cannot be loaded
 */
export function compiledFor(lanes: Lanes): Compiled {
  const kernels = loaded.get(lanes) ?? (loadNative(join(__dirname, "kernels"), lanes) as Compiled);
  loaded.set(lanes, kernels);
  return kernels;
}
