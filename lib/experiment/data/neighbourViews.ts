import { columnsOf, hasEntry } from "../../core";
import { neighboursOf } from "../../data";
import type { PreparedData } from "./dataStage";
import type { SimilarUsers } from "./neighbourStage";

/** One neighbour of a user, with what their training histories have in common. */
export interface NeighbourView {
  readonly user: number;
  readonly name: string;
  readonly similarity: number;
  readonly items: number;
  readonly shared: number;
  /** Shared items expected if the neighbour had drawn that many items by popularity. */
  readonly expected: number;
  /** Titles of up to three shared items, the least popular first. */
  readonly examples: readonly string[];
}

/** A user's neighbours, nearest first. */
export function neighbourViews(data: PreparedData, similar: SimilarUsers, user: number): readonly NeighbourView[] {
  const { shown, usersOf, catalogue, interactions } = data;
  const own = columnsOf(shown, user);
  const popularity = (item: number): number => columnsOf(usersOf, item).length;
  const ownShare = own.reduce((sum, item) => sum + popularity(item), 0) / shown.columns.length;
  return neighboursOf(similar.neighbours, user).map((other, rank): NeighbourView => {
    const shared = Array.from(own).filter((item) => hasEntry(shown, other, item));
    shared.sort((a, b) => popularity(a) - popularity(b) || a - b);
    const items = columnsOf(shown, other).length;
    return {
      user: other,
      name: `user ${interactions.userIds[other]}`,
      similarity: similar.neighbours.scores[user * similar.neighbours.k + rank]!,
      items,
      shared: shared.length,
      expected: Math.min(own.length, items * ownShare),
      examples: shared.slice(0, 3).map((item) => catalogue.item(item).title),
    };
  });
}

/** Mean share of a user's items that a neighbour has, against the same for users dealt at random; over all users. */
export function sharedShare(
  data: PreparedData,
  similar: SimilarUsers,
): { readonly neighbours: number; readonly others: number } {
  const users = data.shown.rows;
  let [near, far, count] = [0, 0, 0];
  for (let user = 0; user < users; user++) {
    const own = columnsOf(data.shown, user);
    const first = neighboursOf(similar.neighbours, user)[0];
    if (own.length === 0 || first === undefined) continue;
    const other = (user + Math.floor(users / 2)) % users;
    near += own.filter((item) => hasEntry(data.shown, first, item)).length / own.length;
    far += own.filter((item) => hasEntry(data.shown, other, item)).length / own.length;
    count += 1;
  }
  return { neighbours: near / count, others: far / count };
}
