// Expected values: by hand, counting a token for each word.
import assert from "node:assert/strict";
import { test } from "node:test";
import { historyPrompts, userPrompts, type Experiment } from "reclm/experiment";
import type { Message } from "reclm/llm";
import { distillationPrompt, userAttributePrompt, userProfilePrompt } from "reclm/prompts";
import { toyHistories, toyNeighbours, toySource } from "../../prompts/toy";
import { benchOf } from "../bench";

const words = (messages: readonly Message[]): number =>
  messages.reduce((sum, { content }) => sum + content.split(/\s+/).length, 0);

function withRoom(experiment: Experiment, promptTokens: number): Experiment {
  const { preset } = experiment;
  const contextTokens = promptTokens + preset.generation.maxTokens;
  return {
    ...experiment,
    preset: {
      ...preset,
      prompts: { ...preset.prompts, historyItems: 4, neighbourItems: 3, neighbours: 1 },
      model: { ...preset.model, contextTokens },
    },
  };
}

test("a history is shortened by its oldest items to what the context leaves beside an answer", (t) => {
  const bench = benchOf();
  t.after(() => bench.dispose());
  const history = [0, 1, 2, 3, 4];
  for (const write of [distillationPrompt, userAttributePrompt]) {
    const [whole, shorter] = [4, 3].map((items) => [write(toySource, history, items)]);
    const roomy = historyPrompts(withRoom(bench.experiment, words(whole!)), toySource, words, write);
    assert.deepEqual(roomy(history), whole);
    const tight = historyPrompts(withRoom(bench.experiment, words(whole!) - 1), toySource, words, write);
    assert.deepEqual(tight(history), shorter);
    const none = historyPrompts(withRoom(bench.experiment, 3), toySource, words, write);
    assert.throws(() => none(history), /^RangeError: Cannot write a prompt within 3 tokens/);
  }
});

test("with neighbours the longer kind of list gives way; a user without a history has no prompt", (t) => {
  const bench = benchOf();
  t.after(() => bench.dispose());
  const source = { ...toySource, histories: [...toySource.histories.slice(0, 3), new Int32Array(0)] };
  const promptOf = (tokens: number): ReturnType<typeof userPrompts> =>
    userPrompts(withRoom(bench.experiment, tokens), source, words, { neighbours: toyNeighbours });
  const group = { history: toyHistories[0]!, neighbours: [1] };
  const whole = userProfilePrompt(source, group, { targetItems: 4, neighbourItems: 3 });
  const shorter = userProfilePrompt(source, group, { targetItems: 3, neighbourItems: 3 });
  assert.deepEqual(promptOf(words(whole))(0), whole);
  assert.deepEqual(promptOf(words(whole) - 1)(0), shorter);
  assert.equal(promptOf(10_000)(3), undefined);
});
