import assert from "node:assert/strict";
import { join } from "node:path";
import test from "node:test";
import { root } from "../scripts/project";

type LaneModule = typeof import("../../lib/dist/llm/lane.js");
type LaneParts = ConstructorParameters<LaneModule["Lane"]>;
const { Lane } = require(join(root, "lib", "dist", "llm", "lane.js")) as LaneModule;

/** log p of an answer whose tokens an engine draws with these probabilities. */
async function logProbsOf(confidences: readonly number[]): Promise<readonly number[]> {
  const sequence = {
    nextTokenIndex: 0,
    clearHistory: async () => {},
    async *evaluateWithMetadata() {
      for (const confidence of confidences) yield { token: 7, confidence };
    },
  };
  const context = { totalSequences: 1, contextSize: 64, getSequence: () => sequence };
  const model = { isEogToken: () => false, detokenize: () => "" };
  const lane = new Lane(model as unknown as LaneParts[0], context as unknown as LaneParts[1], false);
  const found: number[] = [];
  const sampling = { temperature: 1, topK: 0, topP: 1, minP: 0, maxTokens: confidences.length };
  const call = { prompts: [Int32Array.of(1, 2)], sampling, seeds: [1], control: { logProbs: true } };
  await lane.answer(call, [0], async (_, { logProbs }) => void found.push(...logProbs!));
  return found;
}

test("a drawn token whose probability the engine rounds to 0 has a finite log p, and others their own", async () => {
  assert.deepEqual(await logProbsOf([0.5, 0, 1]), [Math.log(0.5), -149 * Math.LN2, 0].map(Math.fround));
});

test("a probability that is not a number is refused with the prompt", async () => {
  await assert.rejects(
    logProbsOf([Number.NaN]),
    /^Error: Cannot answer prompt 0: llama\.cpp gave a token the probability NaN/,
  );
});
