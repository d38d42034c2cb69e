/** What a reward model says of one pair. */
export interface PairScores {
  /** Score of the chosen answer. */
  readonly chosen: number;
  /** Score of the rejected answer. */
  readonly rejected: number;
  /** How the rejected answer was made. */
  readonly kind: string;
}

/** Pairs ranked right, of how many. */
export interface Count {
  readonly right: number;
  readonly n: number;
}

/** Right pairs among all, and among those of each kind, kinds in the order of their first pair. */
export interface PairAccuracy {
  readonly all: Count;
  readonly kinds: Readonly<Record<string, Count>>;
}

/**
 * How many pairs have the higher score on the chosen answer; a tie is not right (chance and a constant model both would
 * otherwise look better than they are). Shares and their intervals are left to the caller.
 *
 * Kinds stand apart because easy rejected answers (a bare ".") can hide failure on hard ones (a similar user's profile).
 *
 * @example pairAccuracy([{ chosen: 1, rejected: 0, kind: "dot" }]) // { all: { right: 1, n: 1 }, kinds: { dot: ... } }
 */
export function pairAccuracy(pairs: readonly PairScores[]): PairAccuracy {
  const kinds = [...pairsByKind(pairs)].map(([kind, members]) => [kind, countOf(members)] as const);
  return { all: countOf(pairs), kinds: Object.fromEntries(kinds) };
}

/** Pairs of each kind, kinds in the order of their first pair. */
function pairsByKind(pairs: readonly PairScores[]): ReadonlyMap<string, readonly PairScores[]> {
  const groups = new Map<string, PairScores[]>();
  for (const pair of pairs) {
    const group = groups.get(pair.kind);
    if (group) group.push(pair);
    else groups.set(pair.kind, [pair]);
  }
  return groups;
}

function countOf(pairs: readonly PairScores[]): Count {
  return { right: pairs.filter(({ chosen, rejected }) => chosen > rejected).length, n: pairs.length };
}
