import { upload, type Handle, type Scope } from "./device";
import type { Span } from "./attention";

/** Queries `first .. first + count` of a span against keys `0 .. keys` of its ancestors and itself. */
export interface Chunk {
  readonly first: number;
  readonly count: number;
  /** before + first + count */
  readonly keys: number;
  /** [count * group, keys]: 0 where a key may be seen, else -1e9. */
  readonly mask: Handle;
}

/** Queries a chunk: short enough to skip most of the masked half, long enough for fast products. */
const CHUNK = 128;

/** Each span's chunks, with masks that are made once for all blocks. */
export function attentionChunks(s: Scope, group: number, spans: readonly Span[]): readonly (readonly Chunk[])[] {
  const masks = new Map<string, Handle>();
  const maskOf = (keys: number, count: number) => {
    const key = `${keys} ${count}`;
    const mask = masks.get(key) ?? causalMask(s, keys, count, group);
    masks.set(key, mask);
    return mask;
  };
  return spans.map(({ length, before }) =>
    Array.from({ length: Math.ceil(length / CHUNK) }, (_, i): Chunk => {
      const first = i * CHUNK;
      const count = Math.min(CHUNK, length - first);
      const keys = before + first + count;
      return { first, count, keys, mask: maskOf(keys, count) };
    }),
  );
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
