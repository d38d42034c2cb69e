import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { messageOf, threadCount } from "../../core";
import { Board, type Call } from "./board";
import type { KernelFunctions, KernelMemory } from "./functions";
import { partsOf, runPart, sharedKernels, type SharedKernel } from "./parts";
import { kernelsOn } from "./wasm";

/** What the threads of a crew are told besides the board. */
export type Message =
  | { readonly kind: "memory"; readonly id: number; readonly memory: KernelMemory }
  | { readonly kind: "drop"; readonly id: number };

/** A memory that the crew's threads know by a number. */
interface Shared {
  readonly id: number;
}

/** Threads that share the large calls of all kernels of this process; they sleep between calls and do not keep it alive. */
class Crew {
  readonly #board = new Board();
  readonly #workers: readonly Worker[];
  readonly #dropped = new FinalizationRegistry<number>((id) => {
    this.#tell({ kind: "drop", id });
    this.#board.wake();
  });
  #memories = 0;

  constructor(threads: number) {
    const workerData = this.#board.buffer;
    this.#workers = Array.from({ length: threads - 1 }, () => {
      const worker = new Worker(join(__dirname, "helper.js"), { workerData });
      worker.unref();
      // Without a listener the process would end here; so the next call is refused with the reason.
      worker.on("error", (error) => this.#board.lose(`one of them ended: ${messageOf(error)}`));
      return worker;
    });
  }

  /** The threads know the memory for as long as the result is held. */
  admit(memory: KernelMemory): Shared {
    const shared = { id: this.#memories++ };
    this.#tell({ kind: "memory", id: shared.id, memory });
    this.#dropped.register(shared, shared.id);
    return shared;
  }

  run(call: Call, own: KernelFunctions): number {
    this.#board.post(call);
    this.#board.help(() => own);
    return this.#board.finish(call);
  }

  #tell(message: Message): void {
    for (const worker of this.#workers) worker.postMessage(message);
  }
}

/** Beyond these, memory is the limit. */
const mostThreads = 4;
let crew: Crew | undefined;

/** The kernels on a memory; their large calls are shared with other threads, which are started at the first of them. */
export function sharedKernelsOn(memory: KernelMemory): KernelFunctions {
  const own = kernelsOn(memory);
  const threads = Math.min(mostThreads, threadCount());
  let shared: Shared | undefined;
  const run = (kernel: SharedKernel, args: readonly number[]): number => {
    const parts = partsOf(kernel, args);
    if (parts === 1 || threads === 1) return inTurn(own, kernel, args, parts);
    crew ??= new Crew(threads);
    shared ??= crew.admit(memory);
    return crew.run({ memory: shared.id, kernel, args, parts }, own);
  };
  const split = sharedKernels.map((kernel) => [kernel, (...args: readonly number[]) => run(kernel, args)] as const);
  return { ...own, ...Object.fromEntries(split) };
}

function inTurn(own: KernelFunctions, kernel: SharedKernel, args: readonly number[], parts: number): number {
  let sum = 0;
  for (let at = 0; at < parts; at++) sum += runPart(own, kernel, args, at, parts);
  return sum;
}
