import { prngOf, randomInt, randomNormal, randomPermutation, type Prng } from "../../core";
import { Catalogue, type CatalogueItem, type Dataset } from "../../data";

const genres = ["Comedy", "Drama", "Crime", "Romance", "Adventure", "Mystery"] as const;
const adjectives = [
  "Silent",
  "Golden",
  "Broken",
  "Distant",
  "Hidden",
  "Crooked",
  "Northern",
  "Paper",
  "Velvet",
  "Second",
] as const;
const nouns = [
  "Harbour",
  "Mirror",
  "Orchard",
  "Signal",
  "Bridge",
  "Lantern",
  "Garden",
  "Letter",
  "Station",
  "Winter",
] as const;

/**
 * A made-up data set for tests: users prefer two of six genres and rate what they watched accordingly, in time order. It exists
 * so that every step can run in seconds without anybody's data; its numbers mean nothing.
 */
export function syntheticDataset({
  users,
  items,
  seed,
}: {
  readonly users: number;
  readonly items: number;
  readonly seed: number;
}): Dataset {
  const catalogue = Catalogue.of(
    Array.from({ length: items }, (_, item) => syntheticItem(item, prngOf(seed, "item", item))),
  );
  const rows: { user: number; item: number; rating: number; time: number }[] = [];
  for (let user = 0; user < users; user++) {
    const prng = prngOf(seed, "user", user);
    const liked = [genres[user % genres.length]!, genres[randomInt(prng, genres.length)]!];
    let time = 880_000_000 + randomInt(prng, 10_000_000);
    for (const item of randomPermutation(items, prng)) {
      const fits = catalogue.item(item).categories.filter((genre) => liked.some((own) => own === genre)).length;
      if (prng() > 0.35 + 0.3 * fits) continue;
      const rating = Math.min(5, Math.max(1, Math.round(3.2 + 0.9 * fits + 0.8 * randomNormal(prng))));
      rows.push({ user, item, rating, time: (time += 1 + randomInt(prng, 600)) });
    }
  }
  const interactions = {
    users: Int32Array.from(rows, (row) => row.user),
    items: Int32Array.from(rows, (row) => row.item),
    ratings: Float32Array.from(rows, (row) => row.rating),
    times: Float64Array.from(rows, (row) => row.time),
    userIds: Array.from({ length: users }, (_, user) => String(user + 1)),
    itemIds: Array.from({ length: items }, (_, item) => String(item + 1)),
  };
  return { name: "synthetic", interactions, catalogue, notes: ["made up by a seeded generator"] };
}

function syntheticItem(item: number, prng: Prng): CatalogueItem {
  const first = genres[randomInt(prng, genres.length)]!;
  const second = genres[randomInt(prng, genres.length)]!;
  const number = Math.floor(item / (adjectives.length * nouns.length)) + 1;
  const name = `${adjectives[item % adjectives.length]} ${nouns[Math.floor(item / adjectives.length) % nouns.length]}`;
  return {
    id: String(item + 1),
    title: number > 1 ? `${name} ${number}` : name,
    year: 1960 + randomInt(prng, 40),
    categories: first === second ? [first] : [first, second],
  };
}
