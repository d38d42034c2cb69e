import type { LlamaContextSequence, Token } from "node-llama-cpp";

/** log p(ids[t + 1] | ids[0..t]) of every token after the first, in nats, teacher-forced: [T - 1]. */
export async function scoreSequence(
  sequence: LlamaContextSequence,
  ids: Int32Array,
  contextSize: number,
): Promise<Float32Array> {
  if (ids.length > contextSize) {
    throw new RangeError(`Cannot score ${ids.length} tokens: the context holds ${contextSize}`);
  }
  await sequence.clearHistory();
  const input = Array.from(ids.subarray(0, -1), (id, t) => {
    const filter = { tokens: [ids[t + 1] as Token], includeSelected: true };
    return [id as Token, { generateNext: { token: true, totalLogitWeight: true, logits: { filter } } }] as const;
  });
  const results = await sequence.controlledEvaluate(input.map(([token, options]) => [token, options]));
  return Float32Array.from(input, (_, t) => {
    const next = results[t]?.next;
    const logits = next?.logits;
    // Greedy: the selected token is the likeliest, and the weight is the sum of exp(logit - its logit).
    const likeliest = next?.token ?? undefined;
    const best = likeliest === undefined ? undefined : logits?.get(likeliest);
    const own = logits?.get(ids[t + 1] as Token);
    if (best === undefined || own === undefined || next?.totalLogitWeight === undefined) {
      throw new Error(`Cannot score token ${t + 1}: llama.cpp gave no logit`);
    }
    return own - best - Math.log(next.totalLogitWeight);
  });
}
