/** Tokens that a group of sequences has in common from a position on, or the rest of one sequence. */
export interface Segment {
  /** The sequence it is taken from, which is its owner if it is a rest. */
  readonly sequence: number;
  /** Position of its first token. */
  readonly from: number;
  readonly length: number;
  /** Segment with the tokens before `from`, by number; -1: there are none. Parents come before their children. */
  readonly parent: number;
  /** True: the rest of one sequence, which nothing else shares. */
  readonly rest: boolean;
}

/** Beginnings shorter than this are not worth a segment of their own. */
const LEAST = 16;

/**
 * Cuts sequences into the beginnings that several share and the rests that are theirs alone, depth first (a radix tree).
 *
 * A decoder's rows depend on what stands before them only, so that a shared beginning has to be computed once. No shared segment
 * reaches `own[i]`, the first position of sequence i that must be in its own rest; lengths are in tokens.
 */
export function prefixTree(sequences: readonly Int32Array[], own: readonly number[]): readonly Segment[] {
  const segments: Segment[] = [];
  const grow = (group: readonly number[], from: number, parent: number): void => {
    for (const same of alike(sequences, own, group, from)) {
      const sequence = same[0] as number;
      const rest = same.length === 1;
      const length = rest ? sequences[sequence]!.length - from : commonLength(sequences, own, same, from);
      segments.push({ sequence, from, length, parent, rest });
      if (!rest) grow(same, from + length, segments.length - 1);
    }
  };
  grow([...sequences.keys()], 0, -1);
  return segments;
}

/** The group's sequences by their next LEAST tokens; one that has not as many to share is alone. */
function alike(
  sequences: readonly Int32Array[],
  own: readonly number[],
  group: readonly number[],
  from: number,
): readonly (readonly number[])[] {
  const classes = new Map<string, number[]>();
  for (const index of group) {
    const shares = from + LEAST <= own[index]!;
    const key = shares ? sequences[index]!.subarray(from, from + LEAST).join(" ") : `alone ${index}`;
    classes.set(key, [...(classes.get(key) ?? []), index]);
  }
  return [...classes.values()];
}

function commonLength(
  sequences: readonly Int32Array[],
  own: readonly number[],
  group: readonly number[],
  from: number,
): number {
  const first = sequences[group[0] as number]!;
  let end = Math.min(...group.map((index) => own[index]!));
  for (const index of group) {
    const other = sequences[index]!;
    let same = from;
    while (same < end && other[same] === first[same]) same++;
    end = same;
  }
  return end - from;
}
