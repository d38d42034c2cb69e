import { type Matrix, messageOf } from "../../core";
import { sharedKernelsOn } from "./crew";
import type { KernelFunctions, KernelMemory } from "./functions";
import type { Tensor } from "./tensor";
import { firstFree, newMemory, page } from "./wasm";

export { denseBackward, denseForward } from "./dense";
export { exponentialSums } from "./exponentials";
export { bestScratch } from "./parts";
export * from "./tensor";

/** Flags of `gemm`: add to what the result holds; then max(0, .). */
export const gemmFlags = { accumulate: 1, rectify: 2 } as const;

/**
 * The SIMD kernels with a memory of their own, which is given back when this object is dropped.
 *
 * Deterministic: large calls are shared by up to four threads, whose number changes no result.
 *
 * @example
 * const kernels = new Kernels();
 * const x = kernels.tensor(2, 4);
 * x.data.fill(1);
 */
export class Kernels {
  readonly run: KernelFunctions;
  #next = firstFree;

  constructor() {
    this.run = sharedKernelsOn(newMemory());
  }

  /** Bytes taken so far. */
  get bytes(): number {
    return this.#next;
  }

  /** A zero matrix, or a copy of one; its address is a multiple of 16. */
  tensor(rows: number, cols: number, from?: Matrix): Tensor {
    const tensor = this.scratch(rows, cols);
    if (!from) tensor.data.fill(0);
    if (from) {
      if (from.rows !== rows || from.cols !== cols) {
        throw new RangeError(`Cannot copy a ${from.rows} x ${from.cols} matrix into a ${rows} x ${cols} tensor`);
      }
      tensor.data.set(from.data);
    }
    return tensor;
  }

  /** A matrix of whatever the memory holds, for results that are written whole. */
  scratch(rows: number, cols: number): Tensor {
    return this.#at(this.#reserve(rows * cols * 4), rows, cols);
  }

  /** Rows [from, from + count) of a tensor, in the same memory. */
  rowsOf(tensor: Tensor, from: number, count: number): Tensor {
    if (!(from >= 0 && count >= 0 && from + count <= tensor.rows)) {
      throw new RangeError(`Cannot take rows ${from} to ${from + count}: the tensor has ${tensor.rows}`);
    }
    return this.#at(tensor.address + from * tensor.cols * 4, count, tensor.cols);
  }

  /** The address of a copy of 32-bit integers, or of `count` zeros. */
  integers(values: Int32Array | number): number {
    const count = typeof values === "number" ? values : values.length;
    const address = this.#reserve(count * 4);
    this.writeIntegers(address, typeof values === "number" ? new Int32Array(count) : values);
    return address;
  }

  writeIntegers(address: number, values: Int32Array): void {
    new Int32Array(this.run.memory.buffer, address, values.length).set(values);
  }

  /** Everything taken after `mark` (an earlier value of `bytes`) is free again. */
  release(mark: number): void {
    this.#next = mark;
  }

  #reserve(bytes: number): number {
    const address = this.#next;
    const end = address + Math.ceil(bytes / 16) * 16;
    const missing = Math.ceil((end - this.run.memory.buffer.byteLength) / page);
    if (missing > 0) grow(this.run.memory, missing);
    this.#next = end;
    return address;
  }

  #at(address: number, rows: number, cols: number): Tensor {
    const { memory } = this.run;
    return {
      address,
      rows,
      cols,
      get data() {
        return new Float32Array(memory.buffer, address, rows * cols);
      },
    };
  }
}

let shared: Kernels | undefined;

/** Runs a computation in memory that is free again afterwards: one instance for all that keep nothing. */
export function withKernels<T>(compute: (kernels: Kernels) => T): T {
  shared ??= new Kernels();
  const mark = shared.bytes;
  try {
    return compute(shared);
  } finally {
    shared.release(mark);
  }
}

function grow(memory: KernelMemory, pages: number): void {
  try {
    memory.grow(pages);
  } catch (error) {
    const megabytes = Math.ceil((memory.buffer.byteLength / page + pages) / 16);
    throw new RangeError(`Cannot take ${megabytes} MB for the kernels: ${messageOf(error)}`, { cause: error });
  }
}
