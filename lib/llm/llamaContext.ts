import type { LlamaContext, LlamaModel } from "node-llama-cpp";

/** What a generator on this machine runs, and how. */
export interface GeneratorOptions {
  readonly modelPath: string;
  /** GGUF adapters, each added with weight 1. */
  readonly adapterPaths?: readonly string[];
  /** Answers in work at once, 1..256; default 1. */
  readonly sequences?: number;
  /**
   * Contexts that answer at once, each with its share of the sequences and of a call's prompts; default 1. Two lanes of one thread
   * wait less than one lane of two. Like `sequences`, it is part of what answers depend on.
   */
  readonly lanes?: number;
  /** Most tokens of a prompt and its answer together. */
  readonly contextTokens: number;
  /**
   * Of each lane, default 1; "measure" tries 1, 2, 4 ... up to a lane's share of the machine's cores, once a process for each model,
   * for about a second each.
   */
  readonly threads?: number | "measure";
  /** True: 32-bit keys and values and no flash attention, for comparisons with another engine; default false. */
  readonly exact?: boolean;
  /**
   * What is evaluated once: what successive prompts of a sequence have in common (true, the default), and what all prompts of a call
   * begin with as well ("list"), or nothing. Each rounds differently, so that "list" is part of the ledger's keys.
   */
  readonly sharePrefix?: boolean | "list";
}

/** A context with room for `count` sequences. */
export function createContext(model: LlamaModel, options: GeneratorOptions, threads: number): Promise<LlamaContext> {
  const { adapterPaths = [], sequences = 1, contextTokens, exact = false } = options;
  return model.createContext({
    contextSize: contextTokens,
    sequences,
    threads,
    failedCreationRemedy: false,
    ...(adapterPaths.length === 0
      ? {}
      : { lora: { adapters: adapterPaths.map((filePath) => ({ filePath, scale: 1 })) } }),
    ...(exact ? { flashAttention: false, experimentalKvCacheKeyType: "F32", experimentalKvCacheValueType: "F32" } : {}),
  });
}
