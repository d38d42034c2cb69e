import { prngOf } from "reclm/core";
import { logits, type LanguageModel, type Sampling } from "reclm/llm";
import type { PpoAnswer, PpoRollout, PpoScorer } from "reclm/tuning";

/** The end-of-turn token of the fake sampler, and a token that is not. */
export const END = 0;
export const WITHOUT_END = 7;

/** Draws from the model's own probabilities at the sampling temperature, all answers a token at a time. */
export function fakeRollout(model: LanguageModel, { temperature, maxTokens }: Sampling): PpoRollout {
  return async (adapter, prompts, seeds) => {
    const drawn = prompts.map((prompt, i) => ({
      prompt,
      prng: prngOf(seeds[i]!, "fake"),
      ids: [] as number[],
      logProbs: [] as number[],
    }));
    for (let t = 0; t < maxTokens; t++) {
      const open = drawn.filter(({ ids }) => ids.at(-1) !== END);
      if (open.length === 0) break;
      const sequences = open.map(({ prompt, ids }) => Int32Array.from([...prompt, ...ids]));
      const dialogues = sequences.map((ids) => ({ ids, mask: new Uint8Array(ids.length) }));
      const rows = await logits(model, adapter, dialogues, { positions: sequences.map(({ length }) => [length - 1]) });
      open.forEach(({ prng, ids, logProbs }, i) => {
        const probabilities = softmax(rows[i]!.map((value) => value / temperature));
        const id = draw(probabilities, prng());
        ids.push(id);
        logProbs.push(Math.log(probabilities[id]!));
      });
    }
    return drawn.map(({ ids, logProbs }): PpoAnswer => {
      const finish = ids.at(-1) === END ? "stop" : "length";
      return { ids: Int32Array.from(ids), finish, logProbs: Float32Array.from(logProbs) };
    });
  };
}

/** The share of odd tokens in each answer. */
export const oddShare: PpoScorer = (responses) =>
  Promise.resolve(Float32Array.from(responses, ({ ids }) => ids.reduce((sum, id) => sum + (id % 2), 0) / ids.length));

function softmax(row: Float32Array): Float64Array {
  const largest = row.reduce((max, value) => Math.max(max, value), -Infinity);
  const weights = Float64Array.from(row, (value) => Math.exp(value - largest));
  const total = weights.reduce((sum, value) => sum + value, 0);
  return weights.map((value) => value / total);
}

function draw(probabilities: Float64Array, u: number): number {
  let sum = 0;
  const found = probabilities.findIndex((probability) => (sum += probability) > u);
  return found < 0 ? probabilities.length - 1 : found;
}
