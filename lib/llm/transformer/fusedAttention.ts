import { join } from "node:path";
import { type Lanes, loadNative, threadCount, vectorLanes } from "../../core";
import type { Span, TurnedAttention } from "./attention";
import type { ModelConfig } from "./config";
import { type Scope, uploadInts } from "./device";
import { fusedAttentionBackward, fusedAttentionForward, type FusedSettings } from "./ops";

/**
 * Attention in one operation each way, compiled for the processor's vectors (`native/attention.cc`): weights are made for 48
 * queries at a time and made anew on the way back, so that nothing but queries, keys, values and denominators is kept.
 *
 * TensorFlow's products of a head are too small for its threads, and their masks, softmax and sums pass through memory.
 */
export function fusedAttention(
  s: Scope,
  { heads, kvHeads }: ModelConfig,
  spans: readonly Span[],
  lanes: Lanes = vectorLanes()[0]!,
): TurnedAttention {
  loadNative(join(__dirname, "attention"), lanes);
  const settings: FusedSettings = { heads, kvHeads, lanes, threads: threadCount() };
  const numbers = spans.flatMap(({ start, length, parent, before }) => [start, length, parent, before]);
  const table = uploadInts(s, [spans.length, 4], Int32Array.from(numbers));
  return (own, qk, v) => {
    const { out, logSums } = fusedAttentionForward(own, settings, qk, v, table);
    return { out, backward: (back, dOut) => fusedAttentionBackward(back, settings, qk, v, table, logSums, dOut) };
  };
}
