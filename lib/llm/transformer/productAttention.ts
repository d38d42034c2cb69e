import type { Span, TurnedAttention, TurnedGradients } from "./attention";
import { attentionChunks, type Chunk } from "./attentionChunks";
import type { ModelConfig } from "./config";
import type { Handle, Scope } from "./device";
import {
  add,
  concat,
  joined,
  matMul,
  mul,
  padLast,
  reshape,
  slice,
  softmax,
  sub,
  summed,
  sumLast,
  transpose,
} from "./ops";

/**
 * What the backward pass needs of one span's key-value head and of the `c` query heads that share it; a row of q is (position,
 * head), K = before + L keys: its ancestors' and its own. Matrices by themselves: two threads multiply three of them in half the
 * time that a batch of three takes, and a slice of their rows is no copy.
 */
interface GroupSaved {
  /** [L * c, D] */
  readonly q: Handle;
  /** [K, D] */
  readonly k: Handle;
  /** [K, D] */
  readonly v: Handle;
  /** Per chunk [count * c, keys]. */
  readonly weights: readonly Handle[];
  /** [L * c, D] */
  readonly out: Handle;
}

/** Per span, per key-value head. */
type AttentionSaved = readonly (readonly GroupSaved[])[];

/** What a batch's attention needs to know. */
interface Plan {
  readonly spans: readonly Span[];
  readonly chunks: readonly (readonly Chunk[])[];
}

/** Attention by TensorFlow's products, on whichever device it runs; keys are not repeated. */
export function productAttention(s: Scope, config: ModelConfig, spans: readonly Span[]): TurnedAttention {
  const plan = { spans, chunks: attentionChunks(s, config.heads / config.kvHeads, spans) };
  return (own, qk, v) => {
    const { out, saved } = attentionForward(own, config, plan, qk, v);
    return { out, backward: (back, dOut) => attentionBackward(back, config, plan, saved, dOut) };
  };
}

function attentionForward(
  s: Scope,
  config: ModelConfig,
  { spans, chunks }: Plan,
  qk: Handle,
  v: Handle,
): { readonly out: Handle; readonly saved: AttentionSaved } {
  const { heads, kvHeads, headWidth } = config;
  const outs: Handle[] = [];
  const saved: (readonly GroupSaved[])[] = [];
  spans.forEach((span, i) => {
    const groups = Array.from({ length: kvHeads }, (_, group): GroupSaved => {
      const before = saved[span.parent]?.[group];
      const queries = queriesOf(s, qk, span, group, config);
      const keys = behind(s, before?.k, columns(s, qk, span, (heads + group) * headWidth, headWidth));
      const values = behind(s, before?.v, columns(s, v, span, group * headWidth, headWidth));
      return groupForward(s, chunks[i] as readonly Chunk[], queries, keys, values, heads / kvHeads);
    });
    const parts = groups.map(({ out }) => positions(s, out, span.length));
    outs.push(joined(s, parts, 1));
    saved.push(groups);
  });
  s.free(qk, v);
  return { out: joined(s, outs, 0), saved };
}

/** A span's own keys or values behind those of its ancestors. */
function behind(s: Scope, before: Handle | undefined, own: Handle): Handle {
  if (!before) return own;
  const all = concat(s, [before, own], 0);
  s.free(own);
  return all;
}

function groupForward(s: Scope, chunks: readonly Chunk[], q: Handle, k: Handle, v: Handle, group: number): GroupSaved {
  const weights: Handle[] = [];
  const outs = chunks.map((chunk) => {
    const qc = rowsOf(s, q, chunk.first * group, chunk.count * group);
    const kc = rowsOf(s, k, 0, chunk.keys);
    const vc = rowsOf(s, v, 0, chunk.keys);
    const scores = matMul(s, qc, kc, { transposeB: true });
    const masked = add(s, scores, chunk.mask);
    const p = softmax(s, masked);
    const out = matMul(s, p, vc);
    s.free(scores, masked);
    freeParts(s, [qc, q], [kc, k], [vc, v]);
    weights.push(p);
    return out;
  });
  return { q, k, v, weights, out: joined(s, outs, 0) };
}

/** dqk and dv from dout [N, heads * D], by dS = P (dP - rowsum(dO O)). */
function attentionBackward(
  s: Scope,
  config: ModelConfig,
  plan: Plan,
  saved: AttentionSaved,
  dout: Handle,
): TurnedGradients {
  const dQk: Handle[] = [];
  const dV: Handle[] = [];
  // What a span's descendants make of its keys and values: they come after it, and are done before it.
  const inherited = new Map<number, readonly KeyGradients[]>();
  for (let i = plan.spans.length - 1; i >= 0; i--) {
    const span = plan.spans[i] as Span;
    const chunks = plan.chunks[i] as readonly Chunk[];
    const grads = (saved[i] as readonly GroupSaved[]).map((one, group) => {
      const dOut = queriesOf(s, dout, span, group, config);
      const { q, ...keys } = groupBackward(s, chunks, one, dOut, config.heads / config.kvHeads);
      const dq = positions(s, q, span.length);
      s.free(dOut, q);
      return { q: dq, keys: withInherited(s, keys, inherited.get(i)?.[group]) };
    });
    const own = ownParts(
      s,
      span,
      grads.map(({ keys }) => keys),
      inherited,
    );
    dQk[i] = joined(s, [...grads.map(({ q }) => q), ...own.map(({ k }) => k)], 1);
    dV[i] = joined(
      s,
      own.map(({ v }) => v),
      1,
    );
  }
  return { dQk: joined(s, dQk, 0), dV: joined(s, dV, 0) };
}

/** Gradients of a group's keys and values, its ancestors' first: [K, D]. */
interface KeyGradients {
  readonly k: Handle;
  readonly v: Handle;
}

function withInherited(s: Scope, own: KeyGradients, more: KeyGradients | undefined): KeyGradients {
  return more ? { k: summed(s, [own.k, more.k]), v: summed(s, [own.v, more.v]) } : own;
}

/** Hands the part that belongs to the span's ancestors to its parent; returns the rest. */
function ownParts(
  s: Scope,
  span: Span,
  all: readonly KeyGradients[],
  inherited: Map<number, readonly KeyGradients[]>,
): readonly KeyGradients[] {
  if (span.parent < 0) return all;
  const waiting = inherited.get(span.parent);
  const cut = ({ k, v }: KeyGradients, first: number, count: number): KeyGradients => ({
    k: slice(s, k, [first, 0], [count, k.shape[1] as number]),
    v: slice(s, v, [first, 0], [count, v.shape[1] as number]),
  });
  const before = all.map((grads, group) => withInherited(s, cut(grads, 0, span.before), waiting?.[group]));
  inherited.set(span.parent, before);
  return all.map((grads) => {
    const own = cut(grads, span.before, span.length);
    s.free(grads.k, grads.v);
    return own;
  });
}

interface GroupGradients extends KeyGradients {
  readonly q: Handle;
}

function groupBackward(
  s: Scope,
  chunks: readonly Chunk[],
  saved: GroupSaved,
  dOut: Handle,
  group: number,
): GroupGradients {
  const product = mul(s, dOut, saved.out);
  const rowSums = sumLast(s, product);
  const parts = chunks.map((chunk, i) => chunkBackward(s, chunk, i, saved, dOut, rowSums, group));
  s.free(product, rowSums);
  const turned = (name: "k" | "v"): Handle => {
    const sum = summed(
      s,
      parts.map((part) => part[name]),
    );
    const result = transpose(s, sum, [1, 0]);
    s.free(sum);
    return result;
  };
  const dq = parts.map((part) => part.q);
  return { q: joined(s, dq, 0), k: turned("k"), v: turned("v") };
}

/**
 * dq of a chunk, and its share of the keys' and values' gradients as [D, K]: the weights are then read along their rows, which on
 * one thread takes half the time.
 */
function chunkBackward(
  s: Scope,
  chunk: Chunk,
  index: number,
  { q, k, v, weights }: GroupSaved,
  dOut: Handle,
  rowSums: Handle,
  group: number,
): GroupGradients {
  const p = weights[index] as Handle;
  const length = k.shape[0] as number;
  const { keys } = chunk;
  const first = chunk.first * group;
  const count = chunk.count * group;
  const qc = rowsOf(s, q, first, count);
  const dc = rowsOf(s, dOut, first, count);
  const sums = rowsOf(s, rowSums, first, count);
  const kc = rowsOf(s, k, 0, keys);
  const vc = rowsOf(s, v, 0, keys);
  const dp = matMul(s, dc, vc, { transposeB: true });
  const centred = sub(s, dp, sums);
  const ds = mul(s, p, centred);
  s.free(dp, centred);
  const dq = matMul(s, ds, kc);
  const dk = padded(s, matMul(s, qc, ds, { transposeA: true }), length);
  const dv = padded(s, matMul(s, dc, p, { transposeA: true }), length);
  s.free(ds);
  freeParts(s, [qc, q], [dc, dOut], [sums, rowSums], [kc, k], [vc, v]);
  return { q: dq, k: dk, v: dv };
}

/** A group's query heads in the columns of x [N, >= heads * D], at a span's rows: [L * c, D]. */
function queriesOf(s: Scope, x: Handle, span: Span, group: number, config: ModelConfig): Handle {
  const { heads, kvHeads, headWidth } = config;
  const perGroup = heads / kvHeads;
  const block = columns(s, x, span, group * perGroup * headWidth, perGroup * headWidth);
  const rows = reshape(s, block, [span.length * perGroup, headWidth]);
  s.free(block);
  return rows;
}

/** The inverse for a span of `length` rows: [L, c * D]. */
function positions(s: Scope, x: Handle, length: number): Handle {
  const [rows, width] = x.shape as readonly [number, number];
  return reshape(s, x, [length, (rows / length) * width]);
}

/** `width` columns of a span's rows. */
function columns(s: Scope, x: Handle, span: Span, first: number, width: number): Handle {
  return slice(s, x, [span.start, first], [span.length, width]);
}

/** Rows `first .. first + count`, or x itself when that is all of them. */
function rowsOf(s: Scope, x: Handle, first: number, count: number): Handle {
  const [rows, width] = x.shape as readonly [number, number];
  return count === rows ? x : slice(s, x, [first, 0], [count, width]);
}

function freeParts(s: Scope, ...pairs: readonly (readonly [part: Handle, whole: Handle])[]): void {
  for (const [part, whole] of pairs) if (part !== whole) s.free(part);
}

function padded(s: Scope, x: Handle, length: number): Handle {
  const result = padLast(s, x, length);
  if (result !== x) s.free(x);
  return result;
}
