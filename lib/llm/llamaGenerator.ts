import { availableParallelism } from "node:os";
import type { LlamaContext, LlamaModel } from "node-llama-cpp";
import { hashFile, messageOf } from "../core";
import {
  type Answer,
  checkSampling,
  type GenerationControl,
  type Generator,
  type ModelIdentity,
  type Sampling,
} from "./generation";
import { type Call, Lane } from "./lane";
import { loadLlama } from "./llama";
import { createContext, type GeneratorOptions } from "./llamaContext";
import { sideBySide } from "./sideBySide";
import { measuredThreads } from "./threadChoice";

/**
 * Opens a model for generation by llama.cpp on the CPU.
 *
 * The same list, sampling and seeds give the same answers again with the same options, unless one times out. With one
 * sequence and `sharePrefix: false` an answer depends on nothing but its prompt, sampling and seed; otherwise its
 * neighbours in the list matter too, since llama.cpp rounds differently in batches of different sizes: with 49,152 tokens
 * sampled at temperature 1, most answers of 30 tokens differ somewhere between one sequence and eight.
 *
 * @param known the files' identity where it has been read already
 * @example
 * const generator = await openGenerator({ modelPath, sequences: 8, contextTokens: 1024, threads: "measure" });
 * const [answer] = await generator.answer([promptIds(tokenizer, messages)], greedy, [0]);
 */
export async function openGenerator(options: GeneratorOptions, known?: ModelIdentity): Promise<LlamaGenerator> {
  const { modelPath, sequences = 1, lanes = 1, threads = 1, sharePrefix = true } = options;
  if (!(Number.isInteger(lanes) && lanes >= 1 && lanes <= sequences)) {
    throw new RangeError(
      `Cannot answer on ${lanes} lanes: they must be 1 or more, and no more than the ${sequences} sequences`,
    );
  }
  const identity = known ?? (await identityOf(options));
  const llama = await loadLlama();
  const model = await llama.loadModel({ modelPath }).catch((error: unknown) => {
    throw new Error(`Cannot load model ${modelPath}: ${messageOf(error)}`, { cause: error });
  });
  try {
    const each = Math.ceil(sequences / lanes);
    const open = (count: number): Promise<LlamaContext> => createContext(model, { ...options, sequences: each }, count);
    const most = Math.max(1, Math.floor(availableParallelism() / lanes));
    const chosen =
      threads === "measure"
        ? await measuredThreads(`${identity.modelHash} ${each} ${most}`, open, each, most)
        : threads;
    const opened: Lane[] = [];
    for (let lane = 0; lane < lanes; lane++) opened.push(new Lane(model, await open(chosen), sharePrefix));
    return new Engine(model, opened, identity, chosen);
  } catch (error) {
    await model.dispose();
    throw new Error(`Cannot open ${modelPath} for generation: ${messageOf(error)}`, { cause: error });
  }
}

/** What makes the answers of a model opened with these options what they are; reads the files once. */
export async function identityOf({
  modelPath,
  adapterPaths = [],
  sharePrefix = true,
}: GeneratorOptions): Promise<ModelIdentity> {
  const modelHash = await hashFile(modelPath);
  const adapterHashes: string[] = [];
  for (const path of adapterPaths) adapterHashes.push(await hashFile(path));
  return { modelHash, adapterHashes, ...(sharePrefix === "list" ? { sharing: "list" } : {}) };
}

/** A generator on this machine; one call is worked on at a time. */
export interface LlamaGenerator extends Generator {
  /** Threads of each lane, given or measured. */
  readonly threads: number;
  /** log p(ids[t + 1] | ids[0..t]) of every token after the first, in nats: [T - 1]. */
  score(ids: Int32Array): Promise<Float32Array>;
  /** log p(choice | ids) of each of a few next tokens, in nats. */
  choose(ids: Int32Array, choices: readonly number[]): Promise<Float32Array>;
}

/** A model in memory with the lanes that answer by it. */
class Engine implements LlamaGenerator {
  readonly modelHash: string;
  readonly adapterHashes: readonly string[];
  readonly sharing?: "list";
  private busy: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly model: LlamaModel,
    private readonly lanes: readonly Lane[],
    { modelHash, adapterHashes, sharing }: ModelIdentity,
    readonly threads: number,
  ) {
    this.modelHash = modelHash;
    this.adapterHashes = adapterHashes;
    if (sharing) this.sharing = sharing;
  }

  async answer(
    prompts: readonly Int32Array[],
    sampling: Sampling,
    seeds: readonly number[],
    control: GenerationControl = {},
  ): Promise<readonly Answer[]> {
    checkSampling(sampling);
    this.checkPrompts(prompts, sampling, seeds);
    return this.exclusively(() => this.answerAll({ prompts, sampling, seeds, control }));
  }

  score(ids: Int32Array): Promise<Float32Array> {
    return this.exclusively(() => this.lanes[0]!.score(ids));
  }

  choose(ids: Int32Array, choices: readonly number[]): Promise<Float32Array> {
    return this.exclusively(() => this.lanes[0]!.choose(ids, choices));
  }

  async dispose(): Promise<void> {
    await this.busy;
    await this.model.dispose();
  }

  // Sequences hold state between calls, so calls take turns.
  private exclusively<T>(job: () => Promise<T>): Promise<T> {
    const result = this.busy.then(job);
    this.busy = result.catch(() => undefined);
    return result;
  }

  // Prompt i goes to lane i modulo their number, whichever is free: an answer must not depend on who was faster.
  private async answerAll(call: Call): Promise<readonly Answer[]> {
    const { prompts, control } = call;
    const answers = new Array<Answer>(prompts.length);
    const started = Date.now();
    let done = 0;
    let tokens = 0;
    const given = async (index: number, answer: Answer): Promise<void> => {
      answers[index] = answer;
      await control.onAnswer?.(index, answer);
      tokens += answer.ids.length;
      done++;
      const values = { "tok/s": (1000 * tokens) / Math.max(1, Date.now() - started) };
      control.progress?.({ label: "generation", done, total: prompts.length, unit: "answers", values });
    };
    const jobs = this.lanes.map((lane, at) => {
      const indices = Array.from(prompts.keys()).filter((index) => index % this.lanes.length === at);
      return (signal: AbortSignal) => lane.answer({ ...call, control: { ...control, signal } }, indices, given);
    });
    await sideBySide(jobs, control.signal);
    return answers;
  }

  private checkPrompts(prompts: readonly Int32Array[], sampling: Sampling, seeds: readonly number[]): void {
    if (seeds.length !== prompts.length) {
      throw new RangeError(`Cannot answer ${prompts.length} prompts: ${seeds.length} seeds are given`);
    }
    prompts.forEach((prompt, i) => {
      if (prompt.length === 0) throw new RangeError(`Cannot answer prompt ${i}: it is empty`);
      if (prompt.length + sampling.maxTokens > this.lanes[0]!.contextTokens) {
        throw new RangeError(
          `Cannot answer prompt ${i}: its ${prompt.length} tokens and ${sampling.maxTokens} of the answer ` +
            `are more than the context of ${this.lanes[0]!.contextTokens}`,
        );
      }
    });
  }
}

/** `generator.score`, as a function: log-probabilities of every token after the first, teacher-forced, in nats. */
export function scoreTokens(generator: LlamaGenerator, ids: Int32Array): Promise<Float32Array> {
  return generator.score(ids);
}
