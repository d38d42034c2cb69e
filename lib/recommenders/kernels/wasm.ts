import { readFileSync } from "node:fs";
import { join } from "node:path";
import { MissingInputError } from "../../core";
import type { KernelFunctions, KernelMemory } from "./functions";

/** The part of the WebAssembly interface used here (Node has it; its types come with those of browsers). */
interface Wasm {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
  readonly Memory: new (limits: object) => KernelMemory;
}

/** Bytes of a page of memory. */
export const page = 65536;
/** Below lie the compiler's own tables (those of exp and log among them). */
export const firstFree = 256 * 1024;
// 4 GB: what 32-bit addresses reach.
const mostPages = 65536;

const wasm = (globalThis as unknown as { readonly WebAssembly: Wasm }).WebAssembly;
let compiled: object | undefined;

/** A memory that threads share. */
export function newMemory(): KernelMemory {
  return new wasm.Memory({ initial: firstFree / page, maximum: mostPages, shared: true });
}

/** The kernels at work on a memory, in the thread that asks. */
export function kernelsOn(memory: KernelMemory): KernelFunctions {
  compiled ??= new wasm.Module(readKernels());
  const exports = new wasm.Instance(compiled, { env: { memory } }).exports as Omit<KernelFunctions, "memory">;
  return { ...exports, memory };
}

function readKernels(): Uint8Array {
  const path = join(__dirname, "kernels.wasm");
  try {
    return readFileSync(path);
  } catch {
    throw new MissingInputError(
      "the compiled kernels (kernels.wasm)",
      "run npm run setup, or node scripts/build-kernels.mjs",
    );
  }
}
