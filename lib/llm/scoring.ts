import type { ControlledEvaluateIndexOutput, LlamaContextSequence, Token } from "node-llama-cpp";

/** log p(ids[t + 1] | ids[0..t]) of every token after the first, in nats, teacher-forced: [T - 1]. */
export async function scoreSequence(
  sequence: LlamaContextSequence,
  ids: Int32Array,
  contextSize: number,
): Promise<Float32Array> {
  checkLength(ids, contextSize);
  await sequence.clearHistory();
  const input = Array.from(ids.subarray(0, -1), (id, t) => [id as Token, nextOf([ids[t + 1]!])] as const);
  const results = await sequence.controlledEvaluate(input.map(([token, options]) => [token, options]));
  return Float32Array.from(input, (_, t) => logProbOf(results[t], ids[t + 1]!, `token ${t + 1}`));
}

/** log p(choice | ids) of each of a few next tokens, in nats; one evaluation for all of them. */
export async function scoreChoices(
  sequence: LlamaContextSequence,
  ids: Int32Array,
  choices: readonly number[],
  contextSize: number,
): Promise<Float32Array> {
  if (ids.length === 0) throw new RangeError("Cannot score what follows an empty prompt");
  checkLength(ids, contextSize);
  await sequence.clearHistory();
  const tokens = Array.from(ids, (id) => id as Token);
  const last = tokens.pop()!;
  const results = await sequence.controlledEvaluate([...tokens, [last, nextOf(choices)]]);
  return Float32Array.from(choices, (choice) => logProbOf(results[ids.length - 1], choice, `choice ${choice}`));
}

function checkLength(ids: Int32Array, contextSize: number): void {
  if (ids.length > contextSize) {
    throw new RangeError(`Cannot score ${ids.length} tokens: the context holds ${contextSize}`);
  }
}

/** What llama.cpp is asked about the token that follows: the logits of a few, and of the likeliest. */
function nextOf(wanted: readonly number[]) {
  const filter = { tokens: wanted.map((id) => id as Token), includeSelected: true };
  return { generateNext: { token: true, totalLogitWeight: true, logits: { filter } } } as const;
}

// Greedy: the selected token is the likeliest, and the weight is the sum of exp(logit - its logit).
function logProbOf(result: ControlledEvaluateIndexOutput | undefined, id: number, what: string): number {
  const next = result?.next;
  const likeliest = next?.token ?? undefined;
  const best = likeliest === undefined ? undefined : next?.logits?.get(likeliest);
  const own = next?.logits?.get(id as Token);
  if (best === undefined || own === undefined || next?.totalLogitWeight === undefined) {
    throw new Error(`Cannot score ${what}: llama.cpp gave no logit`);
  }
  return own - best - Math.log(next.totalLogitWeight);
}
