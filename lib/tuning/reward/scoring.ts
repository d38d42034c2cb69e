import { secondsLeft, type JobControl } from "../../core";
import { sequenceScalars, type LanguageModel } from "../../llm";
import type { PairScores } from "./accuracy";
import type { TokenisedPair } from "./rewardJob";
import { checkBase, scoresOf, type RewardModel } from "./rewardModel";

/** How a list of sequences is scored. */
export interface ScoringOptions {
  /**
   * Sequences go through the model together until the next one would exceed it; a longer one goes alone.
   * @default 8192
   */
  readonly tokensPerPass?: number;
  readonly control?: JobControl | undefined;
}

/**
 * Scores of sequences (ids of a prompt and its answer together), read after the last id of each: [B]. Dropout is off.
 *
 * Progress counts sequences; an abort stops between two blocks of the model. Throws a RangeError for a model of other weights
 * than the reward model was trained on.
 *
 * @example const [score] = await scoreSequences(model, reward, [ids]);
 */
export async function scoreSequences(
  model: LanguageModel,
  reward: RewardModel,
  sequences: readonly Int32Array[],
  { tokensPerPass = 8192, control }: ScoringOptions = {},
): Promise<Float32Array> {
  checkBase(reward, model);
  const scores = new Float32Array(sequences.length);
  const began = performance.now();
  let tokens = 0;
  let done = 0;
  for (const pass of passesOf(sequences, tokensPerPass)) {
    const options = control?.signal ? { signal: control.signal } : {};
    const outputs = await sequenceScalars(model, reward.adapter, reward.head, pass, options);
    scores.set(scoresOf(reward, outputs), done);
    done += pass.length;
    tokens += tokensOf(pass);
    const seconds = (performance.now() - began) / 1000;
    const state = { label: "scoring", done, total: sequences.length, unit: "sequences" };
    const left = secondsLeft(state, seconds) ?? 0;
    const values = { "tok/s": tokens / seconds, "seconds left": left, "RSS MB": process.memoryUsage().rss / 1e6 };
    control?.progress?.({ ...state, values });
  }
  return scores;
}

/** Scores of both answers of each pair, with the pair's kind. */
export async function scorePairs(
  model: LanguageModel,
  reward: RewardModel,
  pairs: readonly TokenisedPair[],
  options: ScoringOptions = {},
): Promise<readonly PairScores[]> {
  const sequences = pairs.flatMap(({ chosen, rejected }) => [chosen, rejected]);
  const scores = await scoreSequences(model, reward, sequences, options);
  return pairs.map(({ kind }, p) => ({ chosen: scores[2 * p]!, rejected: scores[2 * p + 1]!, kind }));
}

/** The sequences in their order, cut where a pass would exceed its tokens. */
function passesOf(sequences: readonly Int32Array[], tokensPerPass: number): readonly (readonly Int32Array[])[] {
  if (!(tokensPerPass >= 1))
    throw new RangeError(`Cannot score with ${tokensPerPass} tokens a pass: at least 1 is needed`);
  const passes: Int32Array[][] = [];
  let room = 0;
  for (const sequence of sequences) {
    if (passes.length === 0 || sequence.length > room) {
      passes.push([]);
      room = tokensPerPass;
    }
    passes.at(-1)!.push(sequence);
    room -= sequence.length;
  }
  return passes;
}

function tokensOf(sequences: readonly Int32Array[]): number {
  return sequences.reduce((sum, { length }) => sum + length, 0);
}
