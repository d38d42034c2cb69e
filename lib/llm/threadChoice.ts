import type { LlamaContext, LlamaContextSequence, Token } from "node-llama-cpp";

const PROMPT_TOKENS = 64;
const NEW_TOKENS = 12;

/** Most sequences of a trial: which number of threads wins does not depend on more. */
const TRIAL_SEQUENCES = 4;

const found = new Map<string, number>();

/** `fastestThreads`, tried once a process for each `key` (the model, how many sequences it answers, and `most`). */
export async function measuredThreads(
  key: string,
  open: (threads: number) => Promise<LlamaContext>,
  sequences: number,
  most: number,
): Promise<number> {
  if (most === 1) return 1;
  const threads = found.get(key) ?? (await fastestThreads(open, Math.min(sequences, TRIAL_SEQUENCES), most));
  found.set(key, threads);
  return threads;
}

/**
 * The number of threads, of 1, 2, 4 ... up to `most`, that answers short prompts on all sequences soonest; the better of
 * two times counts. More threads than free cores can be many times slower, since they wait for one another, so a trial
 * ends as soon as it takes longer than the best before it.
 */
export async function fastestThreads(
  open: (threads: number) => Promise<LlamaContext>,
  sequences: number,
  most: number,
): Promise<number> {
  const candidates = [most];
  for (let threads = 1; threads < most; threads *= 2) candidates.push(threads);
  let best = { threads: 1, milliseconds: Infinity };
  for (const threads of candidates.sort((a, b) => a - b)) {
    const context = await open(threads);
    try {
      for (let trial = 0; trial < 2; trial++) {
        const milliseconds = await timeOf(context, sequences, best.milliseconds);
        if (milliseconds < best.milliseconds) best = { threads, milliseconds };
      }
    } finally {
      await context.dispose();
    }
  }
  return best.threads;
}

async function timeOf(context: LlamaContext, count: number, limit: number): Promise<number> {
  const length = Math.min(PROMPT_TOKENS, context.contextSize - NEW_TOKENS);
  const vocabulary = context.model.iterateAllTokens();
  const prompt: Token[] = [];
  for (const token of vocabulary) if (prompt.push(token) === length) break;
  const sequences = Array.from({ length: count }, () => context.getSequence());
  const started = performance.now();
  await Promise.all(sequences.map((sequence) => generate(sequence, prompt, started + limit)));
  const milliseconds = performance.now() - started;
  for (const sequence of sequences) await sequence.dispose();
  return milliseconds;
}

async function generate(sequence: LlamaContextSequence, prompt: readonly Token[], deadline: number): Promise<void> {
  const tokens = sequence.evaluate([...prompt], { temperature: 0, yieldEogToken: true });
  for (let made = 0; made < NEW_TOKENS && performance.now() < deadline; made++) await tokens.next();
  await tokens.return();
}
