import { meanOf, prngOf, rowOf, sampled, type Matrix } from "../core";
import { cosine } from "./cosine";
import { derangement } from "./share";

/** How well profiles find the histories that they were written from. */
export interface Retrieval {
  /** [n] rank of the own history among `pool`, from 1; ties count half a place. */
  readonly ranks: Float64Array;
  readonly meanRank: number;
  /** Mean of 1 / rank, (0, 1]. */
  readonly meanReciprocalRank: number;
  /** Share of users whose own history is among the first ten. */
  readonly hitsAt10: number;
  /** Histories ranked for each profile, the own among them. */
  readonly pool: number;
  readonly n: number;
}

/**
 * Ranks each user's own history embedding among `pool` (100, or all when there are fewer) by cosine with the profile embedding;
 * the others are drawn by seed. By chance the mean rank is (pool + 1) / 2.
 *
 * @param profiles [n x d] one row a user
 * @param histories [n x d] the same users in the same order
 */
export function retrievalOf(profiles: Matrix, histories: Matrix, seed: number, pool = 100): Retrieval {
  checkShapes(profiles, histories);
  const order = Int32Array.from({ length: profiles.rows }, (_, user) => user);
  return ranked(profiles, order, histories, seed, pool);
}

/** The same with every profile given to another user, over the same pools: what is left is chance. */
export function permutedRetrieval(profiles: Matrix, histories: Matrix, seed: number, pool = 100): Retrieval {
  checkShapes(profiles, histories);
  return ranked(profiles, derangement(profiles.rows, prngOf(seed, "permuted profiles")), histories, seed, pool);
}

function checkShapes(profiles: Matrix, histories: Matrix): void {
  if (profiles.rows !== histories.rows || profiles.cols !== histories.cols) {
    throw new RangeError(
      `Cannot rank histories: profiles are ${profiles.rows} x ${profiles.cols}, histories ${histories.rows} x ${histories.cols}`,
    );
  }
}

function ranked(profiles: Matrix, profileOf: Int32Array, histories: Matrix, seed: number, pool: number): Retrieval {
  const n = profiles.rows;
  const size = Math.min(pool, n);
  const ranks = Float64Array.from({ length: n }, (_, user) => {
    const others = Array.from({ length: n - 1 }, (_unused, other) => (other < user ? other : other + 1));
    const profile = rowOf(profiles, profileOf[user]!);
    const own = cosine(profile, rowOf(histories, user));
    let rank = 1;
    for (const other of sampled(others, size - 1, prngOf(seed, "pool", user))) {
      const score = cosine(profile, rowOf(histories, other));
      rank += score > own ? 1 : score === own ? 0.5 : 0;
    }
    return rank;
  });
  const list = Array.from(ranks);
  return {
    ranks,
    meanRank: meanOf(list),
    meanReciprocalRank: meanOf(list.map((rank) => 1 / rank)),
    hitsAt10: meanOf(list.map((rank) => (rank <= 10 ? 1 : 0))),
    pool: size,
    n,
  };
}
