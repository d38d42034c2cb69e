import { runPart, sharedKernels, type SharedKernel } from "./parts";
import type { KernelFunctions } from "./functions";

// Places in the board's integers.
const places = { work: 0, done: 1, memory: 2, kernel: 3, count: 4, failed: 5 } as const;
const headBytes = 64;
const mostArguments = 24;
// The work word holds, from above, the call's number, its parts, and the next part to be taken.
const partBits = 5;
const mostParts = (1 << partBits) - 1;

/** A call of a kernel that threads share: at most 31 parts, 24 arguments. */
export interface Call {
  readonly memory: number;
  readonly kernel: SharedKernel;
  readonly args: readonly number[];
  readonly parts: number;
}

/**
 * Where a thread posts a call and others take its parts, one by one: who is late finds none left, so that nobody waits for a
 * thread that has no processor. A part is taken by raising the work word, which fails if that names another call by then.
 */
export class Board {
  readonly #words: Int32Array;
  readonly #numbers: Float64Array;

  constructor(readonly buffer: SharedArrayBuffer = new SharedArrayBuffer(headBytes + 8 * (mostArguments + mostParts))) {
    this.#words = new Int32Array(buffer, 0, headBytes / 4);
    this.#numbers = new Float64Array(buffer, headBytes);
  }

  /** The work word, to be compared by `sleep`. */
  get word(): number {
    return Atomics.load(this.#words, places.work);
  }

  /** Wakes the threads that sleep. */
  wake(): void {
    Atomics.notify(this.#words, places.work);
  }

  /** Until the work word is no longer `seen`, or somebody wakes us. */
  sleep(seen: number): void {
    Atomics.wait(this.#words, places.work, seen);
  }

  /** Only when all parts of the last call are done. */
  post({ memory, kernel, args, parts }: Call): void {
    const words = this.#words;
    words[places.memory] = memory;
    words[places.kernel] = sharedKernels.indexOf(kernel);
    words[places.count] = args.length;
    words[places.done] = 0;
    words[places.failed] = 0;
    this.#numbers.set(args);
    const number = (this.word >> (2 * partBits)) + 1;
    Atomics.store(words, places.work, (number << (2 * partBits)) | (parts << partBits));
    this.wake();
  }

  /** Does parts while there are any; `kernelsOf` gives the kernels on a memory. What fails is told by `finish`. */
  help(kernelsOf: (memory: number) => KernelFunctions): void {
    const words = this.#words;
    for (;;) {
      const word = this.word;
      const at = word & mostParts;
      const parts = (word >> partBits) & mostParts;
      if (at >= parts) return;
      const kernel = sharedKernels[words[places.kernel]!]!;
      const memory = words[places.memory]!;
      const args = Array.from(this.#numbers.subarray(0, words[places.count]));
      if (Atomics.compareExchange(words, places.work, word, word + 1) !== word) continue;
      try {
        this.#numbers[mostArguments + at] = runPart(kernelsOf(memory), kernel, args, at, parts);
      } catch {
        Atomics.store(words, places.failed, 1);
      }
      Atomics.add(words, places.done, 1);
      Atomics.notify(words, places.done);
    }
  }

  /** Waits for the parts that others have taken; the sum of what the parts returned, in their order. */
  finish({ kernel, parts }: Call): number {
    const words = this.#words;
    for (let spins = 0, done = 0; (done = Atomics.load(words, places.done)) < parts; spins++) {
      if (spins < briefly) continue;
      if (Atomics.wait(words, places.done, done, longest) === "timed-out") {
        throw new Error(`Cannot finish ${kernel}: a thread took a part and does not answer`);
      }
    }
    if (Atomics.load(words, places.failed) !== 0) throw new Error(`Cannot run ${kernel}: it failed in a thread`);
    let sum = 0;
    for (let at = 0; at < parts; at++) sum += this.#numbers[mostArguments + at]!;
    return sum;
  }
}

/** Looks at the board before a thread sleeps: some hundred microseconds. */
export const briefly = 10_000;
// Milliseconds; a part takes less than one.
const longest = 120_000;
