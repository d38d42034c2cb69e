import { join } from "node:path";
import { type Lanes, loadNative, threadCount, vectorLanes } from "../../core";
import type { Attention, Span } from "./attention";
import type { ModelConfig } from "./config";
import { type Handle, type Scope, uploadInts } from "./device";
import { concat, fusedAttentionBackward, fusedAttentionForward, type FusedSettings, slice } from "./ops";
import { type RopeTable, rotate } from "./rope";

/**
 * Attention in one operation each way, compiled for the processor's vectors (`native/attention.cc`): weights are made for 48
 * queries at a time and made anew on the way back, so that nothing but queries, keys, values and denominators is kept.
 *
 * TensorFlow's products of a head are too small for its threads, and their masks, softmax and sums pass through memory.
 */
export function fusedAttention(
  s: Scope,
  { heads, kvHeads, headWidth }: ModelConfig,
  spans: readonly Span[],
  rope: RopeTable,
  lanes: Lanes = vectorLanes()[0]!,
): Attention {
  loadNative(join(__dirname, "attention"), lanes);
  const settings: FusedSettings = { heads, kvHeads, lanes, threads: threadCount() };
  const numbers = spans.flatMap(({ start, length, parent, before }) => [start, length, parent, before]);
  const table = uploadInts(s, [spans.length, 4], Int32Array.from(numbers));
  const turnedWidth = (heads + kvHeads) * headWidth;
  return (own, qkv) => {
    const rows = qkv.shape[0] as number;
    const straight = slice(own, qkv, [0, 0], [rows, turnedWidth]);
    const qk = rotate(own, straight, rope.forward);
    own.free(straight);
    const v = slice(own, qkv, [0, turnedWidth], [rows, kvHeads * headWidth]);
    const { out, logSums } = fusedAttentionForward(own, settings, qk, v, table);
    const backward = (back: Scope, dOut: Handle): Handle => {
      const { dQk, dV } = fusedAttentionBackward(back, settings, qk, v, table, logSums, dOut);
      const turned = rotate(back, dQk, rope.backward);
      const dQkv = concat(back, [turned, dV], 1);
      back.free(dQk, dV, turned);
      return dQkv;
    };
    return { out, backward };
  };
}
