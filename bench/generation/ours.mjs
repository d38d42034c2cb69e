// One side of the generation bench: this project's generator.
import { openGenerator } from "reclm/llm";
import { serve } from "../serve.mjs";

const generator = await openGenerator(JSON.parse(process.argv.at(-1)));

await serve({}, async ({ prompts, seed, maxTokens }) => {
  const ids = prompts.map((prompt) => Int32Array.from(prompt));
  const sampling = { temperature: 0.9, topK: 0, topP: 1, minP: 0, maxTokens };
  const began = performance.now();
  const answers = await generator.answer(
    ids,
    sampling,
    ids.map((_, i) => seed + i),
  );
  const seconds = (performance.now() - began) / 1000;
  return { seconds, newTokens: answers.reduce((sum, answer) => sum + answer.ids.length, 0) };
});
await generator.dispose();
