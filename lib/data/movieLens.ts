/*
 * Users' age, sex and occupation stand in files of their own (.user, u.user), which are never read.
 * Titles: a trailing article goes to the front ("Usual Suspects, The" -> "The Usual Suspects"), also before a translation in brackets.
 * Years that are not four digits (ml-100k has two) count as absent; `Dataset.notes` says how many.
 */
import { join } from "node:path";
import { InputError } from "../core";
import { Catalogue, type CatalogueItem } from "./catalogue";
import { collectInteractions, type RawPair } from "./collect";
import type { Interactions } from "./interactions";
import { readRows, type Delimited, type TextRow } from "./textRows";

/** A data set as it was read: nothing filtered. */
export interface Dataset {
  readonly name: string;
  readonly interactions: Interactions;
  readonly catalogue: Catalogue;
  /** What the reader should know of the source: counts of odd values, rules applied. */
  readonly notes: readonly string[];
}

/** Which form of MovieLens a folder holds, by the files in it. */
export type MovieLensForm = "recbole" | "original" | "latest";

const tabs: Delimited = { delimiter: "\t" };

/** MovieLens in RecBole's form: `<name>.inter` and `<name>.item`, tab-separated, headers `field:type`. */
export async function readRecBole(folder: string, name = "ml-100k"): Promise<Dataset> {
  const itemFile = join(folder, `${name}.item`);
  const columns = ["item_id:token", "movie_title:token_seq", "release_year:token", "class:token_seq"];
  const items = await readTable(itemFile, tabs, columns);
  const catalogue = items.map((row) => {
    const [id, title, year, genres] = row.fields;
    return itemOf(itemFile, row, { id: id!, title: title!, year: year!, categories: split(genres!, " ") });
  });
  const file = join(folder, `${name}.inter`);
  const pairs = await readTable(file, tabs, ["user_id:token", "item_id:token", "rating:float", "timestamp:float"]);
  return datasetOf(name, file, pairs, catalogue);
}

/** MovieLens 100K as its makers publish it: `u.data` (tabs, no header) and `u.item` (bars, Latin-1, genre flags). */
export async function readOriginal(folder: string): Promise<Dataset> {
  const itemFile = join(folder, "u.item");
  const rows = await readRows(itemFile, { delimiter: "|", encoding: "latin1" });
  const catalogue = rows.map((row) => {
    checkWidth(itemFile, row, 24);
    const { title, year } = titleAndYear(row.fields[1]!);
    const categories = genreNames.filter((_, genre) => row.fields[5 + genre] === "1");
    return itemOf(itemFile, row, { id: row.fields[0]!, title, year, categories });
  });
  const file = join(folder, "u.data");
  const pairs = await readRows(file, tabs);
  for (const row of pairs) checkWidth(file, row, 4);
  return datasetOf("ml-100k", file, pairs, catalogue);
}

/** MovieLens "latest" and its siblings: `ratings.csv` and `movies.csv` with headers; years stand in the titles. */
export async function readLatest(folder: string, name = "ml-latest"): Promise<Dataset> {
  const csv: Delimited = { delimiter: ",", quoted: true };
  const itemFile = join(folder, "movies.csv");
  const movies = await readTable(itemFile, csv, ["movieId", "title", "genres"]);
  const catalogue = movies.map((row) => {
    const { title, year } = titleAndYear(row.fields[1]!);
    const genres = row.fields[2]! === "(no genres listed)" ? [] : split(row.fields[2]!, "|");
    return itemOf(itemFile, row, { id: row.fields[0]!, title, year, categories: genres });
  });
  const file = join(folder, "ratings.csv");
  const pairs = await readTable(file, csv, ["userId", "movieId", "rating", "timestamp"]);
  return datasetOf(name, file, pairs, catalogue);
}

async function readTable(file: string, form: Delimited, columns: readonly string[]): Promise<readonly TextRow[]> {
  const [header, ...rows] = await readRows(file, form);
  if (header!.fields.join("\n") !== columns.join("\n")) {
    const found = JSON.stringify(header!.fields.join(form.delimiter));
    throw new InputError(file, 1, "header", `expected ${JSON.stringify(columns.join(form.delimiter))}, found ${found}`);
  }
  if (rows.length === 0) throw new InputError(file, 2, "row", "no row follows the header");
  for (const row of rows) checkWidth(file, row, columns.length);
  return rows;
}

function checkWidth(file: string, row: TextRow, width: number): void {
  if (row.fields.length === width) return;
  const hint = row.fields.length === 1 ? " (is the delimiter right?)" : "";
  throw new InputError(file, row.line, "row", `${row.fields.length} fields instead of ${width}${hint}`);
}

function itemOf(
  file: string,
  row: TextRow,
  raw: { readonly id: string; readonly title: string; readonly year: string; readonly categories: readonly string[] },
): CatalogueItem & { readonly line: number } {
  if (raw.title.trim() === "") throw new InputError(file, row.line, "title", "it is empty");
  if (!/^\d+$/.test(raw.id))
    throw new InputError(file, row.line, "item id", `${JSON.stringify(raw.id)} is not a whole number`);
  const year = /^\d{4}$/.test(raw.year) ? { year: Number(raw.year) } : {};
  return { id: raw.id, title: articleFirst(raw.title.trim()), categories: raw.categories, line: row.line, ...year };
}

function datasetOf(
  name: string,
  file: string,
  rows: readonly TextRow[],
  items: readonly (CatalogueItem & { readonly line: number })[],
): Dataset {
  const catalogue = Catalogue.of(items.map(({ line: _line, ...item }) => item));
  const pairs = rows.map(({ line, fields }): RawPair => {
    const [user, item, rating, time] = fields;
    return { line, user: user!, item: item!, rating: rating!, time: time! };
  });
  const interactions = collectInteractions(
    file,
    pairs,
    items.map((item) => item.id),
  );
  const undated = items.filter((item) => item.year === undefined).length;
  return { name, interactions, catalogue, notes: [`${undated} items without a year`] };
}

function titleAndYear(text: string): { readonly title: string; readonly year: string } {
  const dated = /^(.*?)\s*\((\d{4})\)\s*$/.exec(text);
  return dated ? { title: dated[1]!, year: dated[2]! } : { title: text, year: "" };
}

/** "Promise, The (Versprechen, Das)" -> "The Promise (Versprechen, Das)". */
export function articleFirst(title: string): string {
  const parts = /^(.*?), (The|A|An|Le|La|Les|L'|Il|El|Der|Die|Das|Los|Las)(\s*\(.*\))?$/.exec(title);
  if (!parts) return title;
  const [, name, article, rest = ""] = parts;
  return `${article}${article!.endsWith("'") ? "" : " "}${name}${rest}`;
}

function split(text: string, by: string): readonly string[] {
  return text === "" ? [] : text.split(by);
}

const genreNames = [
  "unknown",
  "Action",
  "Adventure",
  "Animation",
  "Children's",
  "Comedy",
  "Crime",
  "Documentary",
  "Drama",
  "Fantasy",
  "Film-Noir",
  "Horror",
  "Musical",
  "Mystery",
  "Romance",
  "Sci-Fi",
  "Thriller",
  "War",
  "Western",
] as const;
