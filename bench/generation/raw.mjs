// The other side of the generation bench: node-llama-cpp as its documentation uses it.
import { getLlama, LlamaLogLevel } from "node-llama-cpp";
import { serve } from "../serve.mjs";

const { modelPath, sequences, contextTokens, threads } = JSON.parse(process.argv.at(-1));
const llama = await getLlama({ gpu: false, build: "never", skipDownload: true, logLevel: LlamaLogLevel.error });
const model = await llama.loadModel({ modelPath });
const context = await model.createContext({ contextSize: contextTokens, sequences, threads });
const free = Array.from({ length: sequences }, () => context.getSequence());

async function answer(sequence, prompt, seed, maxTokens) {
  await sequence.clearHistory();
  const options = { temperature: 0.9, topK: 0, topP: 1, minP: 0, seed, yieldEogToken: true };
  const tokens = [];
  for await (const token of sequence.evaluate(prompt, options)) {
    tokens.push(token);
    if (model.isEogToken(token) || tokens.length === maxTokens) break;
  }
  return tokens.length;
}

await serve({}, async ({ prompts, seed, maxTokens }) => {
  let next = 0;
  let newTokens = 0;
  const began = performance.now();
  await Promise.all(
    free.map(async (sequence) => {
      while (next < prompts.length) {
        const index = next++;
        const made = await answer(sequence, prompts[index], seed + index, maxTokens);
        newTokens += made;
      }
    }),
  );
  return { seconds: (performance.now() - began) / 1000, newTokens };
});
await llama.dispose();
