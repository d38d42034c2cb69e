import { availableParallelism } from "node:os";
import type { LlamaContext, LlamaContextSequence, LlamaModel, Token } from "node-llama-cpp";
import { breathe, hashFile, messageOf } from "../core";
import { type Answer, checkSampling, type GenerationControl, type Generator, type Sampling } from "./generation";
import { loadLlama } from "./llama";
import { createContext, type GeneratorOptions } from "./llamaContext";
import { scoreSequence } from "./scoring";
import { shareBeginning } from "./sharedBeginning";
import { measuredThreads } from "./threadChoice";

/**
 * Opens a model for generation by llama.cpp on the CPU.
 *
 * The same list, sampling and seeds give the same answers again with the same options, unless one times out. With one
 * sequence and `sharePrefix: false` an answer depends on nothing but its prompt, sampling and seed; otherwise its
 * neighbours in the list matter too, since llama.cpp rounds differently in batches of different sizes: with 49,152 tokens
 * sampled at temperature 1, most answers of 30 tokens differ somewhere between one sequence and eight.
 *
 * @example
 * const generator = await openGenerator({ modelPath, sequences: 8, contextTokens: 1024, threads: "measure" });
 * const [answer] = await generator.answer([promptIds(tokenizer, messages)], greedy, [0]);
 */
export async function openGenerator(options: GeneratorOptions): Promise<LlamaGenerator> {
  const { modelPath, adapterPaths = [], sequences = 1, threads = 1 } = options;
  const modelHash = await hashFile(modelPath);
  const adapterHashes: string[] = [];
  for (const path of adapterPaths) adapterHashes.push(await hashFile(path));
  const llama = await loadLlama();
  const model = await llama.loadModel({ modelPath }).catch((error: unknown) => {
    throw new Error(`Cannot load model ${modelPath}: ${messageOf(error)}`, { cause: error });
  });
  try {
    const open = (count: number): Promise<LlamaContext> => createContext(model, options, count);
    const key = `${modelHash} ${sequences}`;
    const chosen =
      threads === "measure" ? await measuredThreads(key, open, sequences, availableParallelism()) : threads;
    return new Engine(model, await open(chosen), { modelHash, adapterHashes }, chosen, options.sharePrefix ?? true);
  } catch (error) {
    await model.dispose();
    throw new Error(`Cannot open ${modelPath} for generation: ${messageOf(error)}`, { cause: error });
  }
}

/** A generator on this machine; one call is worked on at a time. */
export interface LlamaGenerator extends Generator {
  /** Threads in use, given or measured. */
  readonly threads: number;
  /** log p(ids[t + 1] | ids[0..t]) of every token after the first, in nats: [T - 1]. */
  score(ids: Int32Array): Promise<Float32Array>;
}

/** An answer in work. */
interface Slot {
  /** Of its prompt. */
  readonly index: number;
  readonly ids: Token[];
  /** log p of each token, where they are asked for. */
  readonly logProbs: number[] | undefined;
  readonly tokens: AsyncGenerator<Drawn, void, void>;
  readonly deadline: number;
  /** Last tokens of the prompt, which the decoder of SentencePiece vocabularies needs for spaces. */
  readonly context: readonly Token[];
}

/** A token as the engine gives it: with the probability that it was drawn with, or alone. */
type Drawn = Token | { readonly token: Token; readonly confidence: number };

/** What all answers of a call share. */
interface Call {
  readonly prompts: readonly Int32Array[];
  readonly sampling: Sampling;
  readonly seeds: readonly number[];
  readonly control: GenerationControl;
}

/**
 * A model in memory with its sequences. They advance in step, one token each a round, and begin every call empty: what
 * is computed side by side, and with it every bit of the answers, depends on the list alone.
 */
class Engine implements LlamaGenerator {
  readonly modelHash: string;
  readonly adapterHashes: readonly string[];
  readonly sharing?: "list";
  private readonly sequences: readonly LlamaContextSequence[];
  private busy: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly model: LlamaModel,
    private readonly context: LlamaContext,
    identity: { readonly modelHash: string; readonly adapterHashes: readonly string[] },
    readonly threads: number,
    private readonly sharePrefix: boolean | "list",
  ) {
    this.modelHash = identity.modelHash;
    this.adapterHashes = identity.adapterHashes;
    if (sharePrefix === "list") this.sharing = sharePrefix;
    this.sequences = Array.from({ length: context.totalSequences }, () => context.getSequence());
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
    return this.exclusively(() => scoreSequence(this.sequences[0]!, ids, this.context.contextSize));
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

  private async answerAll(call: Call): Promise<readonly Answer[]> {
    const { prompts, control } = call;
    const answers = new Array<Answer>(prompts.length);
    const slots = this.sequences.map((): Slot | undefined => undefined);
    const started = Date.now();
    let next = 0;
    let done = 0;
    let tokens = 0;
    control.signal?.throwIfAborted();
    for (const sequence of this.sequences) await sequence.clearHistory();
    if (this.sharePrefix === "list") await shareBeginning(this.sequences, prompts);
    try {
      while (done < prompts.length) {
        for (let s = 0; s < slots.length && next < prompts.length; s++) {
          slots[s] ??= await this.begin(this.sequences[s]!, call, next++);
        }
        await Promise.all(slots.filter((slot) => slot !== undefined).map((slot) => this.step(slot)));
        await breathe(control.signal);
        for (const [s, slot] of slots.entries()) {
          const finish = slot === undefined ? undefined : this.finishOf(slot, call.sampling);
          if (slot === undefined || finish === undefined) continue;
          slots[s] = undefined;
          const answer = await this.end(slot, finish);
          answers[slot.index] = answer;
          await control.onAnswer?.(slot.index, answer);
          tokens += answer.ids.length;
          done++;
          const values = { "tok/s": (1000 * tokens) / Math.max(1, Date.now() - started) };
          control.progress?.({ label: "generation", done, total: prompts.length, unit: "answers", values });
        }
      }
    } finally {
      for (const slot of slots) await slot?.tokens.return();
    }
    return answers;
  }

  private async begin(sequence: LlamaContextSequence, call: Call, index: number): Promise<Slot> {
    const deadline = Date.now() + (call.control.timeoutMs ?? Infinity);
    const input = Array.from(call.prompts[index]!) as Token[];
    if (this.sharePrefix) await sequence.adaptStateToTokens(input.slice(0, -1), false);
    else await sequence.clearHistory();
    const ids: Token[] = [];
    const options = engineSampling(call.sampling, call.seeds[index]!, ids);
    const rest = input.slice(sequence.nextTokenIndex);
    const { logProbs: wanted = false } = call.control;
    const tokens: AsyncGenerator<Drawn, void, void> = wanted
      ? sequence.evaluateWithMetadata(rest, { confidence: true }, options)
      : sequence.evaluate(rest, options);
    return { index, ids, logProbs: wanted ? [] : undefined, tokens, deadline, context: input.slice(-4) };
  }

  private async step(slot: Slot): Promise<void> {
    const { value, done } = await slot.tokens.next();
    if (done === true) throw new Error(`Cannot answer prompt ${slot.index}: llama.cpp gave no token`);
    if (typeof value === "number") slot.ids.push(value);
    else {
      slot.ids.push(value.token);
      slot.logProbs?.push(Math.log(value.confidence));
    }
  }

  private finishOf({ ids, deadline }: Slot, sampling: Sampling): Answer["finish"] | undefined {
    if (this.model.isEogToken(ids.at(-1))) return "stop";
    if (ids.length >= sampling.maxTokens) return "length";
    return Date.now() >= deadline ? "timeout" : undefined;
  }

  private async end(slot: Slot, finish: Answer["finish"]): Promise<Answer> {
    await slot.tokens.return();
    const text = this.model.detokenize(slot.ids, false, [...slot.context]);
    const logProbs = slot.logProbs && Float32Array.from(slot.logProbs);
    return { ids: Int32Array.from(slot.ids), text, finish, ...(logProbs ? { logProbs } : {}) };
  }

  private checkPrompts(prompts: readonly Int32Array[], sampling: Sampling, seeds: readonly number[]): void {
    if (seeds.length !== prompts.length) {
      throw new RangeError(`Cannot answer ${prompts.length} prompts: ${seeds.length} seeds are given`);
    }
    prompts.forEach((prompt, i) => {
      if (prompt.length === 0) throw new RangeError(`Cannot answer prompt ${i}: it is empty`);
      if (prompt.length + sampling.maxTokens > this.context.contextSize) {
        throw new RangeError(
          `Cannot answer prompt ${i}: its ${prompt.length} tokens and ${sampling.maxTokens} of the answer ` +
            `are more than the context of ${this.context.contextSize}`,
        );
      }
    });
  }
}

function engineSampling(sampling: Sampling, seed: number, ids: readonly Token[]) {
  const { temperature, topK, topP, minP, repeatPenalty = 1 } = sampling;
  return {
    temperature,
    topK,
    topP,
    minP,
    seed,
    yieldEogToken: true,
    ...(repeatPenalty === 1
      ? {}
      : { repeatPenalty: { punishTokens: () => ids.slice(-64), penalty: repeatPenalty, maxPunishTokens: 64 } }),
  };
}

/** `generator.score`, as a function: log-probabilities of every token after the first, teacher-forced, in nats. */
export function scoreTokens(generator: LlamaGenerator, ids: Int32Array): Promise<Float32Array> {
  return generator.score(ids);
}
