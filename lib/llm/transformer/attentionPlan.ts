import type { ModelConfig } from "./config";
import { upload, type Handle, type Scope } from "./device";
import type { RopeTable } from "./rope";

/** Rows of one dialogue in a packed batch. */
export interface Span {
  readonly start: number;
  readonly length: number;
}

/** Queries `first .. first + count` of a dialogue against keys `0 .. first + count`. */
export interface Chunk {
  readonly first: number;
  readonly count: number;
  /** [1, count * group, first + count]: 0 where a key may be seen, else -1e9. */
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
  const maskOf = (first: number, count: number) => {
    const key = `${first} ${count}`;
    const mask = masks.get(key) ?? causalMask(s, first, count, group);
    masks.set(key, mask);
    return mask;
  };
  const chunks = spans.map(({ length }) =>
    Array.from({ length: Math.ceil(length / CHUNK) }, (_, i): Chunk => {
      const first = i * CHUNK;
      const count = Math.min(CHUNK, length - first);
      return { first, count, mask: maskOf(first, count) };
    }),
  );
  return { spans, chunks, rope };
}

function causalMask(s: Scope, first: number, count: number, group: number): Handle {
  const keys = first + count;
  const mask = new Float32Array(count * group * keys);
  for (let row = 0; row < count * group; row++) {
    mask.fill(-1e9, row * keys + first + Math.floor(row / group) + 1, (row + 1) * keys);
  }
  return upload(s, [1, count * group, keys], mask);
}
