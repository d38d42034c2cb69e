import { availableParallelism } from "node:os";
import type { Llama } from "node-llama-cpp";

let loading: Promise<Llama> | undefined;

/** The process's one llama.cpp, on the CPU, from the prebuilt binary; never compiles or downloads anything. */
export function loadLlama(): Promise<Llama> {
  loading ??= load().catch((error: unknown) => {
    // The next call tries again: in a notebook's kernel the set-up may have run meanwhile.
    loading = undefined;
    throw error;
  });
  return loading;
}

async function load(): Promise<Llama> {
  const { getLlama, LlamaLogLevel } = await import("node-llama-cpp");
  return getLlama({
    gpu: false,
    build: "never",
    skipDownload: true,
    maxThreads: availableParallelism(),
    logLevel: LlamaLogLevel.error,
  });
}
