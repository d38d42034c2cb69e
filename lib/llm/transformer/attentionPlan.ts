import type { ModelConfig } from "./config";
import { upload, type Handle, type Scope } from "./device";
import type { RopeTable } from "./rope";

/** Rows of one dialogue, or of a beginning that several share, in a packed batch. */
export interface Span {
  readonly start: number;
  readonly length: number;
  /** The span with the rows before it, by number; -1: it begins a dialogue. Parents come before their children. */
  readonly parent: number;
  /** Rows before it: the lengths of its ancestors together. */
  readonly before: number;
}

/** Queries `first .. first + count` of a span against keys `0 .. keys` of its ancestors and itself. */
export interface Chunk {
  readonly first: number;
  readonly count: number;
  /** before + first + count */
  readonly keys: number;
  /** [count * group, keys]: 0 where a key may be seen, else -1e9. */
  readonly mask: Handle;
}

/** What attention needs to know of a batch: dialogues never see each other, and no padding is computed. */
export interface AttentionPlan {
  readonly spans: readonly Span[];
  readonly chunks: readonly (readonly Chunk[])[];
  readonly rope: RopeTable;
}

/** Queries a chunk: short enough to skip most of the masked half, long enough for fast products. */
const CHUNK = 128;

/** Masks and rotations of a batch, made once for all blocks. */
export function attentionPlan(s: Scope, config: ModelConfig, spans: readonly Span[], rope: RopeTable): AttentionPlan {
  const group = config.heads / config.kvHeads;
  const masks = new Map<string, Handle>();
  const maskOf = (keys: number, count: number) => {
    const key = `${keys} ${count}`;
    const mask = masks.get(key) ?? causalMask(s, keys, count, group);
    masks.set(key, mask);
    return mask;
  };
  const chunks = spans.map(({ length, before }) =>
    Array.from({ length: Math.ceil(length / CHUNK) }, (_, i): Chunk => {
      const first = i * CHUNK;
      const count = Math.min(CHUNK, length - first);
      const keys = before + first + count;
      return { first, count, keys, mask: maskOf(keys, count) };
    }),
  );
  return { spans, chunks, rope };
}

/** The last `count` of `keys` positions as queries, each for every head of a group. */
function causalMask(s: Scope, keys: number, count: number, group: number): Handle {
  const first = keys - count;
  const mask = new Float32Array(count * group * keys);
  for (let row = 0; row < count * group; row++) {
    mask.fill(-1e9, row * keys + first + Math.floor(row / group) + 1, (row + 1) * keys);
  }
  return upload(s, [count * group, keys], mask);
}
