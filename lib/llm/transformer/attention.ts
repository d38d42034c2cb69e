import type { AttentionPlan, Chunk, Span } from "./attentionPlan";
import type { ModelConfig } from "./config";
import type { Handle, Scope } from "./device";
import {
  add,
  batchMatMul,
  concat,
  joined,
  mul,
  padLast,
  reshape,
  slice,
  softmax,
  sub,
  sumLast,
  transpose,
} from "./ops";
import { rotate } from "./rope";

/**
 * One span's part of what the backward pass needs; g = kvHeads, a row of q is (position, head of the group), K = before + L keys:
 * its ancestors' and its own.
 */
interface SpanSaved {
  /** [g, L * group, D] */
  readonly q: Handle;
  /** [g, K, D] */
  readonly k: Handle;
  /** [g, K, D] */
  readonly v: Handle;
  /** Per chunk [g, count * group, keys]. */
  readonly weights: readonly Handle[];
  /** [g, L * group, D] */
  readonly out: Handle;
}

export type AttentionSaved = readonly SpanSaved[];

/** Causal grouped-query attention: out [N, heads * D] from qkv [N, (heads + 2 kvHeads) * D]; keys are not repeated. */
export function attentionForward(
  s: Scope,
  config: ModelConfig,
  plan: AttentionPlan,
  qkv: Handle,
): { readonly out: Handle; readonly saved: AttentionSaved } {
  const { heads, kvHeads, headWidth } = config;
  const rows = qkv.shape[0] as number;
  const turnedWidth = (heads + kvHeads) * headWidth;
  const qk = slice(s, qkv, [0, 0], [rows, turnedWidth]);
  const turned = rotate(s, qk, plan.rope.forward);
  s.free(qk);
  const outs: Handle[] = [];
  const saved: SpanSaved[] = [];
  plan.spans.forEach((span, i) => {
    const q = headsFirst(s, turned, span, 0, heads * headWidth, kvHeads);
    const k = headsFirst(s, turned, span, heads * headWidth, kvHeads * headWidth, kvHeads);
    const v = headsFirst(s, qkv, span, turnedWidth, kvHeads * headWidth, kvHeads);
    const queries = reshape(s, q, [kvHeads, (span.length * heads) / kvHeads, headWidth]);
    s.free(q);
    const before = saved[span.parent];
    const [keys, values] = [behind(s, before?.k, k), behind(s, before?.v, v)];
    const one = spanForward(s, plan.chunks[i] as readonly Chunk[], queries, keys, values, heads / kvHeads);
    outs.push(positionsFirst(s, one.out, span.length));
    saved.push(one);
  });
  s.free(turned);
  return { out: joined(s, outs, 0), saved };
}

/** A span's own keys or values behind those of its ancestors. */
function behind(s: Scope, before: Handle | undefined, own: Handle): Handle {
  if (!before) return own;
  const all = concat(s, [before, own], 1);
  s.free(own);
  return all;
}

function spanForward(s: Scope, chunks: readonly Chunk[], q: Handle, k: Handle, v: Handle, group: number): SpanSaved {
  const weights: Handle[] = [];
  const outs = chunks.map((chunk) => {
    const qc = rowsOf(s, q, chunk.first * group, chunk.count * group);
    const kc = rowsOf(s, k, 0, chunk.keys);
    const vc = rowsOf(s, v, 0, chunk.keys);
    const scores = batchMatMul(s, qc, kc, { transposeB: true });
    const masked = add(s, scores, chunk.mask);
    const p = softmax(s, masked);
    const out = batchMatMul(s, p, vc);
    s.free(scores, masked);
    freeParts(s, [qc, q], [kc, k], [vc, v]);
    weights.push(p);
    return out;
  });
  return { q, k, v, weights, out: joined(s, outs, 1) };
}

/** dqkv from dout [N, heads * D], by dS = P (dP - rowsum(dO O)). */
export function attentionBackward(
  s: Scope,
  config: ModelConfig,
  plan: AttentionPlan,
  saved: AttentionSaved,
  dout: Handle,
): Handle {
  const { heads, kvHeads, headWidth } = config;
  const parts: { readonly dqk: Handle; readonly dv: Handle }[] = [];
  // What a span's descendants make of its keys and values: they come after it, and are done before it.
  const inherited = new Map<number, KeyGradients>();
  for (let i = plan.spans.length - 1; i >= 0; i--) {
    const span = plan.spans[i] as Span;
    const one = saved[i] as SpanSaved;
    const d = headsFirst(s, dout, span, 0, heads * headWidth, kvHeads);
    const dOut = reshape(s, d, one.q.shape);
    const grads = spanBackward(s, plan.chunks[i] as readonly Chunk[], one, dOut, heads / kvHeads);
    const own = ownPart(s, span, withInherited(s, grads, inherited.get(i)), inherited);
    const dq = positionsFirst(s, grads.q, span.length);
    const dk = positionsFirst(s, own.k, span.length);
    const dv = positionsFirst(s, own.v, span.length);
    const dqk = concat(s, [dq, dk], 1);
    s.free(d, dOut, grads.q, own.k, own.v, dq, dk);
    parts[i] = { dqk, dv };
  }
  const dqk = joined(
    s,
    parts.map((part) => part.dqk),
    0,
  );
  const dv = joined(
    s,
    parts.map((part) => part.dv),
    0,
  );
  const turned = rotate(s, dqk, plan.rope.backward);
  const dqkv = concat(s, [turned, dv], 1);
  s.free(dqk, dv, turned);
  return dqkv;
}

/** Gradients of a span's keys and values, its ancestors' first: [g, K, D]. */
interface KeyGradients {
  readonly k: Handle;
  readonly v: Handle;
}

function withInherited(s: Scope, own: KeyGradients, more: KeyGradients | undefined): KeyGradients {
  return more ? { k: summed(s, [own.k, more.k]), v: summed(s, [own.v, more.v]) } : own;
}

/** Hands the part that belongs to the span's ancestors to its parent; returns the rest. */
function ownPart(s: Scope, span: Span, all: KeyGradients, inherited: Map<number, KeyGradients>): KeyGradients {
  if (span.parent < 0) return all;
  const cut = (x: Handle, first: number, count: number) => rowsOf(s, x, first, count);
  const before = { k: cut(all.k, 0, span.before), v: cut(all.v, 0, span.before) };
  const own = { k: cut(all.k, span.before, span.length), v: cut(all.v, span.before, span.length) };
  s.free(all.k, all.v);
  inherited.set(span.parent, withInherited(s, before, inherited.get(span.parent)));
  return own;
}

interface SpanGradients extends KeyGradients {
  readonly q: Handle;
}

function spanBackward(
  s: Scope,
  chunks: readonly Chunk[],
  saved: SpanSaved,
  dOut: Handle,
  group: number,
): SpanGradients {
  const product = mul(s, dOut, saved.out);
  const rowSums = sumLast(s, product);
  const parts = chunks.map((chunk, i) => chunkBackward(s, chunk, i, saved, dOut, rowSums, group));
  s.free(product, rowSums);
  const turned = (name: "k" | "v"): Handle => {
    const sum = summed(
      s,
      parts.map((part) => part[name]),
    );
    const result = transpose(s, sum, [0, 2, 1]);
    s.free(sum);
    return result;
  };
  const dq = parts.map((part) => part.q);
  return { q: joined(s, dq, 1), k: turned("k"), v: turned("v") };
}

/**
 * dq of a chunk, and its share of the keys' and values' gradients as [g, D, K]: the weights are then read along their rows, which on
 * one thread takes half the time.
 */
function chunkBackward(
  s: Scope,
  chunk: Chunk,
  index: number,
  { q, k, v, weights }: SpanSaved,
  dOut: Handle,
  rowSums: Handle,
  group: number,
): SpanGradients {
  const p = weights[index] as Handle;
  const length = k.shape[1] as number;
  const { keys } = chunk;
  const first = chunk.first * group;
  const count = chunk.count * group;
  const qc = rowsOf(s, q, first, count);
  const dc = rowsOf(s, dOut, first, count);
  const sums = rowsOf(s, rowSums, first, count);
  const kc = rowsOf(s, k, 0, keys);
  const vc = rowsOf(s, v, 0, keys);
  const dp = batchMatMul(s, dc, vc, { transposeB: true });
  const centred = sub(s, dp, sums);
  const ds = mul(s, p, centred);
  s.free(dp, centred);
  const dq = batchMatMul(s, ds, kc);
  const dk = padded(s, batchMatMul(s, qc, ds, { transposeA: true }), length);
  const dv = padded(s, batchMatMul(s, dc, p, { transposeA: true }), length);
  s.free(ds);
  freeParts(s, [qc, q], [dc, dOut], [sums, rowSums], [kc, k], [vc, v]);
  return { q: dq, k: dk, v: dv };
}

/** Columns of one dialogue's rows as [groups, L, width / groups]. */
function headsFirst(s: Scope, x: Handle, span: Span, column: number, width: number, groups: number): Handle {
  const block = slice(s, x, [span.start, column], [span.length, width]);
  const split = reshape(s, block, [span.length, groups, width / groups]);
  const result = transpose(s, split, [1, 0, 2]);
  s.free(block, split);
  return result;
}

/** [g, L * c, D] or [g, L, D] back to [L, g * c * D]. */
function positionsFirst(s: Scope, x: Handle, length: number): Handle {
  const [groups, rows, width] = x.shape as readonly [number, number, number];
  const perPosition = (rows / length) * width;
  const split = reshape(s, x, [groups, length, perPosition]);
  const swapped = transpose(s, split, [1, 0, 2]);
  const result = reshape(s, swapped, [length, groups * perPosition]);
  s.free(split, swapped);
  return result;
}

/** Rows `first .. first + count` of axis 1, or x itself when that is all of them. */
function rowsOf(s: Scope, x: Handle, first: number, count: number): Handle {
  const [groups, rows, width] = x.shape as readonly [number, number, number];
  return count === rows ? x : slice(s, x, [0, first, 0], [groups, count, width]);
}

function freeParts(s: Scope, ...pairs: readonly (readonly [part: Handle, whole: Handle])[]): void {
  for (const [part, whole] of pairs) if (part !== whole) s.free(part);
}

function padded(s: Scope, x: Handle, length: number): Handle {
  const result = padLast(s, x, length);
  if (result !== x) s.free(x);
  return result;
}

function summed(s: Scope, parts: readonly Handle[]): Handle {
  return parts.reduce((sum, part) => {
    const next = add(s, sum, part);
    s.free(sum, part);
    return next;
  });
}
