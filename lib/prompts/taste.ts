import type { Catalogue } from "../data";
import type { Histories } from "./history";
import type { Words } from "./words";

/** What prompts need of a catalogue. */
export type ItemSource = Pick<Catalogue, "item" | "size">;

/** How all training pairs are distributed: what one history's counts are held against. */
export interface Background {
  /** Share of training pairs whose item has the category, (0, 1]. */
  readonly categoryShare: ReadonlyMap<string, number>;
  /** Share of dated training pairs in the era, (0, 1]. */
  readonly eraShare: ReadonlyMap<string, number>;
  /** [I] 0, 1 or 2: the popularity band of an item; 3 for an item without a training pair. */
  readonly bandOf: Uint8Array;
  /** Share of training pairs in bands 0, 1 and 2. */
  readonly bandShare: readonly number[];
}

/** What stands out in one history: the statistics that a prompt's line gives and that the rules teacher speaks of. */
export interface Taste {
  /** At most three, most typical first. */
  readonly categories: readonly string[];
  readonly era?: string;
  /** 0 (most popular), 1 or 2. */
  readonly band?: number;
}

/** "Pre-1960", a decade up to the 1980s, then half decades: "Late 1990s". */
export function eraOf(year: number): string {
  if (year < 1960) return "Pre-1960";
  const decade = Math.floor(year / 10) * 10;
  if (year < 1990) return `${decade}s`;
  return `${year % 10 < 5 ? "Early" : "Late"} ${decade}s`;
}

/**
 * Base rates over all training pairs. Bands: items by falling number of training pairs (ties: lower index), cut where a
 * third and two thirds of the pairs are covered.
 */
export function backgroundOf(histories: Histories, items: ItemSource): Background {
  const counts = new Int32Array(items.size);
  for (const history of histories) for (const item of history) counts[item]! += 1;
  const pairs = counts.reduce((sum, count) => sum + count, 0);
  const categories = new Map<string, number>();
  const eras = new Map<string, number>();
  let dated = 0;
  for (let i = 0; i < items.size; i++) {
    const count = counts[i]!;
    if (count === 0) continue;
    const { categories: names, year } = items.item(i);
    for (const name of names) add(categories, name, count);
    if (year === undefined) continue;
    add(eras, eraOf(year), count);
    dated += count;
  }
  const { bandOf, bandPairs } = bandsOf(counts, pairs);
  return {
    categoryShare: scaled(categories, pairs),
    eraShare: scaled(eras, dated),
    bandOf,
    bandShare: bandPairs.map((count) => (pairs > 0 ? count / pairs : 0)),
  };
}

function bandsOf(counts: Int32Array, pairs: number): { bandOf: Uint8Array; bandPairs: number[] } {
  const order = Array.from(counts.keys()).sort((a, b) => counts[b]! - counts[a]! || a - b);
  const bandOf = new Uint8Array(counts.length).fill(3);
  const bandPairs = [0, 0, 0];
  let covered = 0;
  for (const item of order) {
    if (counts[item] === 0) break;
    const band = Math.min(2, Math.floor((3 * covered) / pairs));
    bandOf[item] = band;
    bandPairs[band]! += counts[item]!;
    covered += counts[item]!;
  }
  return { bandOf, bandPairs };
}

/**
 * What stands out in a history, from metadata and base rates alone (no age, sex or occupation).
 *
 * A category, era or band is scored by how many standard deviations its count lies above its base rate,
 * (n_g - n b_g) / sqrt(n b_g (1 - b_g)); ties go to the larger count, then to the name. Categories with at least two items
 * come before those with one.
 */
export function tasteOf(history: ArrayLike<number>, items: ItemSource, background: Background): Taste {
  const categories = new Map<string, number>();
  const eras = new Map<string, number>();
  const bands = new Map<string, number>();
  let dated = 0;
  for (let j = 0; j < history.length; j++) {
    const index = history[j]!;
    const item = items.item(index);
    for (const name of item.categories) add(categories, name, 1);
    const band = background.bandOf[index]!;
    if (band < 3) add(bands, String(band), 1);
    if (item.year === undefined) continue;
    add(eras, eraOf(item.year), 1);
    dated += 1;
  }
  const bandShare = new Map(background.bandShare.map((share, band) => [String(band), share]));
  const [era] = ranked(eras, background.eraShare, dated);
  const [band] = ranked(bands, bandShare, history.length);
  return {
    categories: ranked(categories, background.categoryShare, history.length).slice(0, 3),
    ...(era === undefined ? {} : { era }),
    ...(band === undefined ? {} : { band: Number(band) }),
  };
}

function ranked(counts: ReadonlyMap<string, number>, shares: ReadonlyMap<string, number>, n: number): string[] {
  const scored = Array.from(counts, ([name, count]) => {
    const share = Math.min(1 - 1e-9, shares.get(name) ?? 1 / (n + 1));
    return {
      name,
      count,
      repeated: count >= 2 ? 1 : 0,
      score: (count - n * share) / Math.sqrt(n * share * (1 - share)),
    };
  });
  scored.sort(
    (a, b) => b.repeated - a.repeated || b.score - a.score || b.count - a.count || (a.name < b.name ? -1 : 1),
  );
  return scored.map((entry) => entry.name);
}

/**
 * One line of statistics over a whole history, also of the items that the prompt does not show. It hands over part of the
 * answer, since the rules teacher speaks of the same facts: say so wherever results are shown.
 *
 * @example "Statistics: genres Comedy, Crime; era Late 1990s; audience Blockbuster."
 */
export function statisticsLine(taste: Taste, words: Words): string {
  const parts: string[] = [];
  if (taste.categories.length > 0) parts.push(`${words.categories} ${taste.categories.join(", ")}`);
  if (taste.era !== undefined) parts.push(`era ${taste.era}`);
  if (taste.band !== undefined) parts.push(`audience ${words.bands[taste.band as 0 | 1 | 2]}`);
  return parts.length > 0 ? `Statistics: ${parts.join("; ")}.` : "Statistics: none.";
}

function add(counts: Map<string, number>, name: string, by: number): void {
  counts.set(name, (counts.get(name) ?? 0) + by);
}

function scaled(counts: ReadonlyMap<string, number>, total: number): ReadonlyMap<string, number> {
  return new Map(Array.from(counts, ([name, count]) => [name, count / total]));
}
