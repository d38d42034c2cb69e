import { InputError } from "../core";
import { collectCatalogue, collectInteractions, type PairFields, type RawItem, type RawPair } from "./collect";
import { isColumnar, readColumnar } from "./columnar";
import type { Dataset } from "./dataset";
import type { Interactions } from "./interactions";
import { checkWidth, readRows, type Delimited, type TextRow } from "./textRows";

/** A column: its name in the header, or its place from 0. */
export type Column = string | number;

/** Times in another unit than seconds since 1970. */
export interface TimeColumn {
  readonly column: Column;
  readonly unit: "milliseconds";
}

/** Several categories in one field, such as "Crime|Drama". */
export interface CategoryColumn {
  readonly column: Column;
  readonly separator: string;
}

/** Which columns of an interactions file hold what. */
export interface InteractionColumns {
  readonly user: Column;
  readonly item: Column;
  readonly rating?: Column;
  /** Seconds since 1970 unless said otherwise. */
  readonly time?: Column | TimeColumn;
}

/** Which columns of an item file hold what. */
export interface ItemColumns {
  readonly id: Column;
  readonly title: Column;
  /** 1 to 9999; an empty field is an item without a year. */
  readonly year?: Column;
  readonly categories?: CategoryColumn;
  readonly abstract?: Column;
}

/** One file: how its rows are divided, and what its columns mean. Columns that are not named are not read. */
export interface DelimitedTable<Columns> extends Delimited {
  readonly file: string;
  /** Whether the first row names the columns. @default true */
  readonly header?: boolean;
  readonly columns: Columns;
}

/** A Parquet or Arrow file (by its name: see `isColumnar`); columns by name, timestamps are seconds without a unit. */
export interface ColumnarTable<Columns> {
  readonly file: string;
  readonly columns: Columns;
}

/** A data set in two files. */
export interface DelimitedOptions {
  /** For captions. */
  readonly name: string;
  readonly interactions: DelimitedTable<InteractionColumns> | ColumnarTable<InteractionColumns>;
  readonly items: DelimitedTable<ItemColumns> | ColumnarTable<ItemColumns>;
}

/**
 * A data set from one's own CSV, TSV, Parquet or Arrow files, in the item file's order.
 *
 * Ids are any text that is not blank. Titles and abstracts are brought onto one line, otherwise left as they are (`articleFirst`
 * is not applied); categories are trimmed, blank ones left out, each kept once. A missing column, an unknown item, a pair or item
 * that occurs twice, and a value that is none throw an InputError with file, line and column; so does what `readRows` refuses.
 *
 * @example
 * const { interactions, catalogue } = await readDelimited({
 *   name: "books",
 *   interactions: { file: "loans.csv", delimiter: ",", columns: { user: "reader", item: "isbn", time: "lent_at" } },
 *   items: {
 *     file: "books.tsv",
 *     delimiter: "\t",
 *     columns: { id: "isbn", title: "title", year: "year", categories: { column: "subjects", separator: ";" } },
 *   },
 * });
 */
export async function readDelimited({ name, interactions, items }: DelimitedOptions): Promise<Dataset> {
  const read = await readItems(items);
  const title = columnName(items.columns.title);
  const catalogue = collectCatalogue({
    file: items.file,
    rows: read,
    ids: "text",
    fields: { id: columnName(items.columns.id), title },
  });
  const itemIds = read.map(({ item }) => item.id);
  const pairs = await readPairs(interactions, itemIds);
  const undated = read.filter(({ item }) => item.year === undefined).length;
  const notes = [
    `${undated} items without a year`,
    ...(pairs.ratings ? [] : ["no ratings: every pair counts"]),
    ...(pairs.times ? [] : ["no times"]),
  ];
  return { name, interactions: pairs, catalogue, notes };
}

async function readPairs(table: DelimitedOptions["interactions"], itemIds: readonly string[]): Promise<Interactions> {
  const { file } = table;
  const { user, item, rating } = table.columns;
  const { column: time, unit } = timeColumn(table.columns.time);
  const { rows, cellsOf } = await openTable(table, [user, item, rating, time]);
  const [users, items, ratings, times] = [user, item, rating, time].map(cellsOf);
  const pairs = rows.map((row): RawPair => {
    return { line: row.line, user: users!(row), item: items!(row), rating: ratings!(row), time: times!(row) };
  });
  const fields: PairFields = {
    user: columnName(user),
    item: columnName(item),
    ...(rating === undefined ? {} : { rating: columnName(rating) }),
    ...(time === undefined ? {} : { time: columnName(time) }),
  };
  const collected = collectInteractions({ file, rows: pairs, itemIds, ids: "text", fields });
  if (!collected.times || unit === "seconds") return collected;
  return { ...collected, times: collected.times.map((milliseconds) => milliseconds / 1000) };
}

async function readItems(table: DelimitedOptions["items"]): Promise<readonly RawItem[]> {
  const { id, title, year, categories, abstract } = table.columns;
  if (categories?.separator === "") {
    throw new RangeError(`Cannot read ${table.file}: the separator of categories is empty`);
  }
  const columns = [id, title, year, categories?.column, abstract];
  const { rows, cellsOf } = await openTable(table, columns, categories?.separator);
  const [ids, titles, years, lists, abstracts] = columns.map(cellsOf);
  return rows.map((row): RawItem => {
    const released = yearOf(table.file, row, year, years!(row));
    const about = oneLine(abstracts!(row));
    const terms = categories ? lists!(row).split(categories.separator).map(oneLine) : [];
    const item = {
      id: ids!(row),
      title: oneLine(titles!(row)),
      categories: [...new Set(terms)].filter((term) => term !== ""),
      ...(released === undefined ? {} : { year: released }),
      ...(about === "" ? {} : { abstract: about }),
    };
    return { line: row.line, item };
  });
}

interface OpenTable {
  readonly rows: readonly TextRow[];
  /** Reads a column's text out of a row; "" for no column. */
  readonly cellsOf: (column: Column | undefined) => (row: TextRow) => string;
}

async function openTable(
  table: DelimitedTable<unknown> | ColumnarTable<unknown>,
  columns: readonly (Column | undefined)[],
  separator = ",",
): Promise<OpenTable> {
  const { file } = table;
  const header = !("header" in table && table.header === false);
  const all = "delimiter" in table ? await readRows(file, table) : await columnarRows(file, columns, separator);
  const [first, ...others] = all;
  const names = first!.fields;
  const cellsOf: OpenTable["cellsOf"] = (column) => {
    if (column === undefined) return () => "";
    const place = placeOf(file, column, names, header);
    return (row) => row.fields[place]!;
  };
  const rows = header ? others : all;
  if (rows.length === 0) throw new InputError(file, 2, "row", "no row follows the header");
  for (const row of rows) checkWidth(file, row, names.length);
  return { rows, cellsOf };
}

/** The columns' names as a first row, then their texts. */
async function columnarRows(
  file: string,
  columns: readonly (Column | undefined)[],
  separator: string,
): Promise<readonly TextRow[]> {
  if (!isColumnar(file))
    throw new TypeError(`Cannot read ${file}: it is neither Parquet nor Arrow: name its delimiter`);
  // One column may have two roles.
  const names = [...new Set(columns.flatMap((column) => (column === undefined ? [] : [columnName(column)])))];
  return [{ line: 1, fields: names }, ...(await readColumnar(file, names, separator))];
}

function placeOf(file: string, column: Column, names: readonly string[], header: boolean): number {
  if (typeof column === "number") {
    if (column in names) return column;
    throw new InputError(file, 1, columnName(column), `the columns are 0 to ${names.length - 1}`);
  }
  if (!header) throw new TypeError(`Cannot read ${file}: without a header, column "${column}" must be a number`);
  const place = names.indexOf(column);
  if (place < 0) throw new InputError(file, 1, "header", `column "${column}" is not among ${JSON.stringify(names)}`);
  if (names.includes(column, place + 1)) throw new InputError(file, 1, "header", `column "${column}" occurs twice`);
  return place;
}

function timeColumn(time: InteractionColumns["time"]): {
  readonly column: Column | undefined;
  readonly unit: "seconds" | "milliseconds";
} {
  return typeof time === "object" ? time : { column: time, unit: "seconds" };
}

/** Frames with missing years write whole numbers as "1995.0". */
function yearOf(file: string, { line }: TextRow, column: Column | undefined, text: string): number | undefined {
  if (column === undefined || text.trim() === "") return undefined;
  if (/^\s*\d{1,4}(\.0)?\s*$/.test(text) && Number(text) > 0) return Number(text);
  throw new InputError(file, line, columnName(column), `${JSON.stringify(text)} is not a year from 1 to 9999`);
}

function columnName(column: Column): string {
  return typeof column === "number" ? `column ${column}` : column;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
