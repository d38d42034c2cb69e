import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LlamaContextSequence, Token } from "node-llama-cpp";

/** Beginnings shorter than this take longer to hand on than to evaluate. */
const LEAST = 32;

/** Tokens that all prompts begin with, at least one less than the shortest has: the last is what an answer is evaluated from. */
export function commonBeginning(prompts: readonly Int32Array[]): number {
  const [first, ...others] = prompts;
  if (!first) return 0;
  let length = first.length - 1;
  for (const other of others) {
    let same = 0;
    while (same < Math.min(length, other.length - 1) && other[same] === first[same]) same++;
    length = same;
  }
  return Math.max(0, length);
}

/**
 * Evaluates the common beginning of the prompts once and gives its state to every sequence; all of them must be empty.
 *
 * node-llama-cpp has no public call that copies a sequence's state to another: it travels by a file (25 kB a token for
 * SmolLM2-135M), which is gone when this returns.
 */
export async function shareBeginning(
  sequences: readonly LlamaContextSequence[],
  prompts: readonly Int32Array[],
): Promise<void> {
  const [first, ...others] = sequences;
  const length = commonBeginning(prompts);
  if (!first || length < LEAST || prompts.length < 2) return;
  await first.evaluateWithoutGeneratingNewTokens(Array.from(prompts[0]!.subarray(0, length)) as Token[]);
  const folder = await mkdtemp(join(tmpdir(), "reclm-beginning-"));
  try {
    const path = join(folder, "state");
    await first.saveStateToFile(path);
    for (const other of others.slice(0, prompts.length - 1)) await other.loadStateFromFile(path, { acceptRisk: true });
  } finally {
    await rm(folder, { recursive: true });
  }
}
