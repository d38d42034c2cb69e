import { columnsOf, prngOf, rowOf, sampled, type Csr, type Matrix } from "../core";
import { cosine } from "./cosine";

/**
 * Users shown in a warm item's prompt: up to `count` of those with a training pair, drawn by seed among the eligible (those
 * with a profile), the same for an item whatever else is asked.
 *
 * @param usersOf [I x U] the transposed training pairs
 */
export function audienceOf(
  usersOf: Csr,
  item: number,
  count: number,
  eligible: (user: number) => boolean,
  seed: number,
): readonly number[] {
  const users = Array.from(columnsOf(usersOf, item)).filter(eligible);
  return sampled(users, Math.min(count, users.length), prngOf(seed, "audience", item));
}

/**
 * The `count` items nearest to one by cosine of text embeddings [I x d], nearest first (ties: lower index), among the
 * eligible; never the item. Rows of zeros have cosine 0 with everything.
 */
export function nearestItems(
  embeddings: Matrix,
  item: number,
  count: number,
  eligible: (item: number) => boolean,
): readonly number[] {
  const own = rowOf(embeddings, item);
  const scored: { other: number; score: number }[] = [];
  for (let other = 0; other < embeddings.rows; other++) {
    if (other !== item && eligible(other)) scored.push({ other, score: cosine(own, rowOf(embeddings, other)) });
  }
  scored.sort((a, b) => b.score - a.score || a.other - b.other);
  return scored.slice(0, count).map(({ other }) => other);
}
