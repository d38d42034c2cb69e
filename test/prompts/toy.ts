import { csrOfPairs, type Csr } from "reclm/core";
import type { CatalogueItem, Neighbours } from "reclm/data";
import { filmWords, promptSource, type Histories, type PromptSource } from "reclm/prompts";

const films: readonly CatalogueItem[] = [
  { id: "a", title: "Alien", year: 1979, categories: ["Horror", "Sci-Fi"] },
  { id: "b", title: "Fargo", year: 1996, categories: ["Crime", "Drama"] },
  { id: "c", title: "Heat", year: 1995, categories: ["Action", "Crime"] },
  { id: "d", title: "The Usual Suspects", year: 1995, categories: ["Crime", "Thriller"] },
  { id: "e", title: "Toy Story", year: 1995, categories: ["Animation", "Comedy"] },
  { id: "f", title: "Annie Hall", year: 1977, categories: ["Comedy", "Romance"] },
];

/** Six films, four users' training histories, oldest first. */
export const toyHistories: Histories = [[0, 1, 2, 3], [1, 2, 3, 4], [3, 4, 5], [5]].map((row) => Int32Array.from(row));

export const toySource: PromptSource = promptSource(
  { size: films.length, item: (index: number) => films[index]! },
  toyHistories,
  filmWords,
);

/** Nearest first: 0 -> 1, 2; 1 -> 0, 2; 2 -> 1, 0; 3 -> 2. */
export const toyNeighbours: Neighbours = {
  k: 2,
  users: Int32Array.from([1, 2, 0, 2, 1, 0, 2, -1]),
  scores: Float32Array.from([0.9, 0.5, 0.9, 0.5, 0.5, 0.4, 0.3, 0]),
};

/** All known pairs: the histories, and the test pair (user 0, Toy Story). */
export const toyKnown: Csr = csrOfPairs(
  4,
  6,
  [...toyHistories.flatMap((history, user) => Array.from(history, () => user)), 0],
  [...toyHistories.flatMap((history) => Array.from(history)), 4],
);
