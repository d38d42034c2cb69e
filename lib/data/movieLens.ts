/*
 * Checks are those of `readRows`, `collectCatalogue` and `collectInteractions`: a bad row throws an InputError with file, line and
 * field. Byte order marks and carriage returns are accepted. Ids are whole numbers.
 * Users' age, sex and occupation stand in files of their own (.user, u.user), which are never read.
 * Titles: a trailing article goes to the front ("Usual Suspects, The" -> "The Usual Suspects"), also before a translation in brackets.
 * Years that are not four digits (ml-100k has two) count as absent; `Dataset.notes` says how many.
 */
import { join } from "node:path";
import { InputError } from "../core";
import { collectCatalogue, collectInteractions, type RawItem, type RawPair } from "./collect";
import type { Dataset } from "./dataset";
import { checkWidth, readRows, type Delimited, type TextRow } from "./textRows";
import { articleFirst, titleAndYear } from "./titles";

const tabs: Delimited = { delimiter: "\t" };

/**
 * MovieLens in RecBole's form: `<name>.inter` and `<name>.item`, tab-separated, headers `field:type`, UTF-8
 * (recbole/dataset_example/ml-100k). Throws an InputError with file, line and field for a bad header or row.
 *
 * @example const { interactions, catalogue } = await readRecBole("data/raw/ml-100k"); // U = 943, I = 1682, n = 100000
 */
export async function readRecBole(folder: string, name = "ml-100k"): Promise<Dataset> {
  const itemFile = join(folder, `${name}.item`);
  const columns = ["item_id:token", "movie_title:token_seq", "release_year:token", "class:token_seq"];
  const rows = await readTable(itemFile, tabs, columns);
  const items = rows.map((row) => {
    const [id, title, year, genres] = row.fields;
    return itemOf(row, { id: id!, title: title!, year: year!, categories: split(genres!, " ") });
  });
  const file = join(folder, `${name}.inter`);
  const pairs = await readTable(file, tabs, ["user_id:token", "item_id:token", "rating:float", "timestamp:float"]);
  return datasetOf(name, { itemFile, items, file, pairs });
}

/**
 * MovieLens 100K as its makers publish it: `u.data` (tabs, no header) and `u.item` (bars, Latin-1, 19 genre flags; years stand in
 * the titles). Throws an InputError with file, line and field for a bad row.
 *
 * @example const { interactions, catalogue } = await readOriginal("ml-100k");
 */
export async function readOriginal(folder: string): Promise<Dataset> {
  const itemFile = join(folder, "u.item");
  const rows = await readRows(itemFile, { delimiter: "|", encoding: "latin1" });
  const items = rows.map((row) => {
    checkWidth(itemFile, row, 24);
    const { title, year } = titleAndYear(row.fields[1]!);
    const categories = genreNames.filter((name, genre) => flag(itemFile, row.line, name, row.fields[5 + genre]!));
    return itemOf(row, { id: row.fields[0]!, title, year, categories });
  });
  const file = join(folder, "u.data");
  const pairs = await readRows(file, tabs);
  for (const row of pairs) checkWidth(file, row, 4);
  return datasetOf("ml-100k", { itemFile, items, file, pairs });
}

/**
 * MovieLens "latest" and its siblings in CSV: `ratings.csv` and `movies.csv` with headers, UTF-8; years stand in the titles. Both
 * files are read whole: for some hundred megabytes. Throws an InputError with file, line and field for a bad header or row.
 *
 * @example const { interactions, catalogue } = await readLatest("ml-latest-small", "ml-latest-small");
 */
export async function readLatest(folder: string, name = "ml-latest"): Promise<Dataset> {
  const csv: Delimited = { delimiter: ",", quoted: true };
  const itemFile = join(folder, "movies.csv");
  const movies = await readTable(itemFile, csv, ["movieId", "title", "genres"]);
  const items = movies.map((row) => {
    const { title, year } = titleAndYear(row.fields[1]!);
    const genres = row.fields[2]! === "(no genres listed)" ? [] : split(row.fields[2]!, "|");
    return itemOf(row, { id: row.fields[0]!, title, year, categories: genres });
  });
  const file = join(folder, "ratings.csv");
  const pairs = await readTable(file, csv, ["userId", "movieId", "rating", "timestamp"]);
  return datasetOf(name, { itemFile, items, file, pairs });
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

function itemOf(
  { line }: TextRow,
  raw: { readonly id: string; readonly title: string; readonly year: string; readonly categories: readonly string[] },
): RawItem {
  const year = /^\d{4}$/.test(raw.year) ? { year: Number(raw.year) } : {};
  return { line, item: { id: raw.id, title: articleFirst(raw.title.trim()), categories: raw.categories, ...year } };
}

/** Both files of a data set: their paths and rows. */
interface Read {
  readonly itemFile: string;
  readonly items: readonly RawItem[];
  readonly file: string;
  /** user, item, rating, time */
  readonly pairs: readonly TextRow[];
}

function datasetOf(name: string, { itemFile, items, file, pairs }: Read): Dataset {
  const ids = "whole number";
  const catalogue = collectCatalogue({ file: itemFile, rows: items, ids, fields: { id: "item id", title: "title" } });
  const rows = pairs.map(({ line, fields }): RawPair => {
    const [user, item, rating, time] = fields;
    return { line, user: user!, item: item!, rating: rating!, time: time! };
  });
  const itemIds = items.map(({ item }) => item.id);
  const fields = { user: "user id", item: "item id", rating: "rating", time: "timestamp" };
  const interactions = collectInteractions({ file, rows, itemIds, ids, fields });
  const undated = items.filter(({ item }) => item.year === undefined).length;
  return { name, interactions, catalogue, notes: [`${undated} items without a year`] };
}

function flag(file: string, line: number, genre: string, text: string): boolean {
  if (text !== "0" && text !== "1")
    throw new InputError(file, line, genre, `${JSON.stringify(text)} is neither 0 nor 1`);
  return text === "1";
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
