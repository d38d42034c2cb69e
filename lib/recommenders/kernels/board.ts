import { messageOf } from "../../core";
import { runPart, sharedKernels, type SharedKernel } from "./parts";
import type { KernelFunctions } from "./functions";

// Places in the board's integers.
const places = { work: 0, done: 1, memory: 2, kernel: 3, count: 4, failed: 5 } as const;
const headBytes = 64;
const mostArguments = 24;
// The work word holds, from above, the call's number, its parts, and the next part to be taken.
const partBits = 5;
const mostParts = (1 << partBits) - 1;
const reasonAt = headBytes + 8 * (mostArguments + mostParts);
// Characters of why a part failed.
const longestReason = 256;
const boardBytes = reasonAt + 2 * longestReason;

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
  readonly #reason: Uint16Array;
  readonly #patience: number;
  #lost: string | undefined;

  constructor(
    readonly buffer: SharedArrayBuffer = new SharedArrayBuffer(boardBytes),
    { patience = longest }: { readonly patience?: number } = {},
  ) {
    this.#words = new Int32Array(buffer, 0, headBytes / 4);
    this.#numbers = new Float64Array(buffer, headBytes, mostArguments + mostParts);
    this.#reason = new Uint16Array(buffer, reasonAt, longestReason);
    this.#patience = patience;
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

  /** From now on calls are refused: a thread that is late would count its part as one of theirs. */
  lose(reason: string): void {
    this.#lost ??= reason;
  }

  /** Only when all parts of the last call are done. */
  post({ memory, kernel, args, parts }: Call): void {
    if (this.#lost !== undefined) throw new Error(`Cannot share ${kernel} with threads: ${this.#lost}`);
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
      } catch (error) {
        this.#fail(messageOf(error));
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
      if (!this.#waitedInVain(done)) continue;
      this.lose("one of them took a part of an earlier call and did not answer");
      throw new Error(`Cannot finish ${kernel}: a thread took a part and does not answer`);
    }
    const length = Atomics.load(words, places.failed);
    if (length !== 0) throw new Error(`Cannot run ${kernel}: ${String.fromCharCode(...this.#reason.slice(0, length))}`);
    let sum = 0;
    for (let at = 0; at < parts; at++) sum += this.#numbers[mostArguments + at]!;
    return sum;
  }

  /** Two waits: after a pause of the whole process the first is over at once, before any thread has had a turn. */
  #waitedInVain(done: number): boolean {
    const words = this.#words;
    for (let turn = 0; turn < 2; turn++) {
      if (Atomics.wait(words, places.done, done, this.#patience / 2) !== "timed-out") return false;
      if (Atomics.load(words, places.done) !== done) return false;
    }
    return true;
  }

  /** The word of failure holds the length of the first part's reason. */
  #fail(message: string): void {
    const reason = (message || "no reason given").slice(0, longestReason);
    if (Atomics.compareExchange(this.#words, places.failed, 0, reason.length) !== 0) return;
    for (let at = 0; at < reason.length; at++) this.#reason[at] = reason.charCodeAt(at);
  }
}

/** Looks at the board before a thread sleeps: some hundred microseconds. */
export const briefly = 10_000;
// Milliseconds that a part is waited for; it takes less than one.
const longest = 120_000;
