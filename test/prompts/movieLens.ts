import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { csrOfPairs, type Csr } from "reclm/core";
import { articleFirst, type CatalogueItem, type Neighbours } from "reclm/data";
import { filmWords, historiesOf, promptSource, type Histories, type PromptSource } from "reclm/prompts";

const folder = join(process.cwd(), "data", "raw", "ml-100k");

/** MovieLens 100K cut per user in time: the first 72% of the positives train, the rest is held out. */
export interface MovieLens {
  readonly source: PromptSource;
  readonly histories: Histories;
  /** Every rating of either kind. */
  readonly known: Csr;
  readonly train: Csr;
  readonly neighbours: Neighbours;
}

export const movieLensMissing = "data/raw/ml-100k is absent: npm run setup fetches it";

/** The real data, or undefined where they are absent. */
export function movieLens(): MovieLens | undefined {
  if (!existsSync(join(folder, "ml-100k.inter"))) return undefined;
  const films = rows("ml-100k.item").map(([id, title, year, categories]): CatalogueItem => {
    const known = Number(year) > 0 ? { year: Number(year) } : {};
    return { id: id!, title: articleFirst(title!), ...known, categories: categories!.split(" ") };
  });
  const itemOf = new Map(films.map((film, index) => [film.id, index]));
  const ratings = rows("ml-100k.inter").map(([user, item, rating, time]) => ({
    user: Number(user) - 1,
    item: itemOf.get(item!)!,
    rating: Number(rating),
    time: Number(time),
  }));
  const users = 943;
  const known = csrOfPairs(
    users,
    films.length,
    ratings.map((r) => r.user),
    ratings.map((r) => r.item),
  );
  const train = trainOf(ratings, users, films.length);
  const histories = historiesOf(
    {
      users: Int32Array.from(ratings, (r) => r.user),
      items: Int32Array.from(ratings, (r) => r.item),
      times: Float64Array.from(ratings, (r) => r.time),
      userIds: Array.from({ length: users }, (_, user) => String(user + 1)),
      itemIds: films.map((film) => film.id),
    },
    train,
  );
  const source = promptSource({ size: films.length, item: (index: number) => films[index]! }, histories, filmWords);
  return { source, histories, known, train, neighbours: overlapNeighbours(histories, 5) };
}

interface Rating {
  readonly user: number;
  readonly item: number;
  readonly rating: number;
  readonly time: number;
}

function trainOf(ratings: readonly Rating[], users: number, items: number): Csr {
  const perUser = Array.from({ length: users }, () => [] as Rating[]);
  for (const rating of ratings) if (rating.rating >= 4) perUser[rating.user]!.push(rating);
  const kept = perUser.flatMap((list) =>
    list.sort((a, b) => a.time - b.time || a.item - b.item).slice(0, Math.ceil(list.length * 0.72)),
  );
  return csrOfPairs(
    users,
    items,
    kept.map((r) => r.user),
    kept.map((r) => r.item),
  );
}

function overlapNeighbours(histories: Histories, k: number): Neighbours {
  const sets = histories.map((history) => new Set(history));
  const users = new Int32Array(histories.length * k).fill(-1);
  const scores = new Float32Array(histories.length * k);
  sets.forEach((own, user) => {
    const scored = sets.map((other, index) => {
      let common = 0;
      for (const item of other) if (own.has(item)) common += 1;
      return { index, score: index === user ? -1 : common / Math.sqrt(own.size * other.size || 1) };
    });
    scored.sort((a, b) => b.score - a.score || a.index - b.index);
    scored.slice(0, k).forEach(({ index, score }, place) => {
      users[user * k + place] = index;
      scores[user * k + place] = score;
    });
  });
  return { k, users, scores };
}

function rows(file: string): readonly string[][] {
  const lines = readFileSync(join(folder, file), "utf8").split(/\r?\n/).slice(1);
  return lines.filter((line) => line !== "").map((line) => line.split("\t"));
}
