import type { LlamaContext, LlamaContextSequence, LlamaModel, Token } from "node-llama-cpp";
import { breathe } from "../core";
import type { Answer, GenerationControl, Sampling } from "./generation";
import { scoreChoices, scoreSequence } from "./scoring";
import { shareBeginning } from "./sharedBeginning";

/** What all answers of a call share. */
export interface Call {
  readonly prompts: readonly Int32Array[];
  readonly sampling: Sampling;
  readonly seeds: readonly number[];
  readonly control: GenerationControl;
}

/** An answer in work. */
interface Slot {
  /** Of its prompt. */
  readonly index: number;
  readonly ids: Token[];
  /** log p of each token, where they are asked for. */
  readonly logProbs: number[] | undefined;
  readonly tokens: AsyncGenerator<Drawn, void, void>;
  /** Last tokens of the prompt, which the decoder of SentencePiece vocabularies needs for spaces. */
  readonly context: readonly Token[];
}

/** A token as the engine gives it: with the probability that it was drawn with, or alone. */
type Drawn = Token | { readonly token: Token; readonly confidence: number };

/**
 * A context with its sequences. They advance in step, one token each a round, and begin every call empty: what is computed side by
 * side, and with it every bit of the answers, depends on the prompts alone.
 */
export class Lane {
  private readonly sequences: readonly LlamaContextSequence[];

  constructor(
    private readonly model: LlamaModel,
    private readonly context: LlamaContext,
    private readonly sharePrefix: boolean | "list",
  ) {
    this.sequences = Array.from({ length: context.totalSequences }, () => context.getSequence());
  }

  /** Tokens that a prompt and its answer can have together. */
  get contextTokens(): number {
    return this.context.contextSize;
  }

  /** log p(ids[t + 1] | ids[0..t]) of every token after the first, in nats: [T - 1]. */
  score(ids: Int32Array): Promise<Float32Array> {
    return scoreSequence(this.sequences[0]!, ids, this.contextTokens);
  }

  /** log p(choice | ids) of each of a few next tokens, in nats. */
  choose(ids: Int32Array, choices: readonly number[]): Promise<Float32Array> {
    return scoreChoices(this.sequences[0]!, ids, choices, this.contextTokens);
  }

  /** Answers some of a call's prompts, named by their indices, and hands each answer over as it is there. */
  async answer(
    call: Call,
    indices: readonly number[],
    given: (index: number, answer: Answer) => Promise<void>,
  ): Promise<void> {
    const { signal } = call.control;
    const slots = this.sequences.map((): Slot | undefined => undefined);
    let next = 0;
    let done = 0;
    for (const sequence of this.sequences) await sequence.clearHistory();
    if (this.sharePrefix === "list") {
      await shareBeginning(
        this.sequences,
        indices.map((index) => call.prompts[index]!),
      );
    }
    try {
      while (done < indices.length) {
        for (let s = 0; s < slots.length && next < indices.length; s++) {
          slots[s] ??= await this.begin(this.sequences[s]!, call, indices[next++]!);
        }
        await Promise.all(slots.filter((slot) => slot !== undefined).map((slot) => this.step(slot)));
        await breathe(signal);
        for (const [s, slot] of slots.entries()) {
          const finish = slot === undefined ? undefined : this.finishOf(slot, call.sampling);
          if (slot === undefined || finish === undefined) continue;
          slots[s] = undefined;
          await given(slot.index, await this.end(slot, finish));
          done++;
        }
      }
    } finally {
      for (const slot of slots) await slot?.tokens.return();
    }
  }

  private async begin(sequence: LlamaContextSequence, call: Call, index: number): Promise<Slot> {
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
    return { index, ids, logProbs: wanted ? [] : undefined, tokens, context: input.slice(-4) };
  }

  private async step(slot: Slot): Promise<void> {
    const { value, done } = await slot.tokens.next();
    if (done === true) throw new Error(`Cannot answer prompt ${slot.index}: llama.cpp gave no token`);
    if (typeof value === "number") slot.ids.push(value);
    else {
      slot.ids.push(value.token);
      slot.logProbs?.push(logProbOf(value.confidence, slot.index));
    }
  }

  private finishOf({ ids }: Slot, sampling: Sampling): Answer["finish"] | undefined {
    if (this.model.isEogToken(ids.at(-1))) return "stop";
    return ids.length >= sampling.maxTokens ? "length" : undefined;
  }

  private async end(slot: Slot, finish: Answer["finish"]): Promise<Answer> {
    await slot.tokens.return();
    const text = this.model.detokenize(slot.ids, false, [...slot.context]);
    const logProbs = slot.logProbs && Float32Array.from(slot.logProbs);
    return { ids: Int32Array.from(slot.ids), text, finish, ...(logProbs ? { logProbs } : {}) };
  }
}

/** log p of a token that was drawn, in nats; the engine's 32-bit p can be 0, which counts as the least above 0. */
function logProbOf(confidence: number, index: number): number {
  if (!(confidence >= 0))
    throw new Error(`Cannot answer prompt ${index}: llama.cpp gave a token the probability ${confidence}`);
  return Math.log(Math.max(confidence, 2 ** -149));
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
