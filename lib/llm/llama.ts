import { availableParallelism } from "node:os";
import type { Llama } from "node-llama-cpp";

let loading: Promise<Llama> | undefined;

/** The process's one llama.cpp, on the CPU, from the prebuilt binary; never compiles or downloads anything. */
export function loadLlama(): Promise<Llama> {
  loading ??= import("node-llama-cpp").then(({ getLlama, LlamaLogLevel }) =>
    getLlama({
      gpu: false,
      build: "never",
      skipDownload: true,
      maxThreads: availableParallelism(),
      logLevel: LlamaLogLevel.error,
    }),
  );
  return loading;
}
