import { InputError, MissingInputError, type JobControl } from "../../core";
import { Catalogue, type CatalogueItem } from "../catalogue";
import { readRows } from "../textRows";
import { delimitedError, fileLiteral, withRawDatabase, type RawDatabase, type RawResources } from "./duckDb";
import { checkPeriods, periodSql, type Periods } from "./period";
import { numberedPairs, type Snapshots, type SnapshotUsers } from "./snapshots";

/** The Netflix Prize's files, and what is taken of them. */
export interface NetflixPrizeOptions extends SnapshotUsers, RawResources {
  /** `combined_data_1.txt` to `_4.txt`, or the files of `training_set`: a line "1:" names a film, "customer,rating,date" follow. */
  readonly ratings: readonly string[];
  /** `movie_titles.csv` (or `.txt`): number, year or NULL, title; Latin-1, commas in titles unquoted. */
  readonly titles: string;
  readonly periods: Periods;
  /** Ratings below it are left out. @default 1 */
  readonly minRating?: number;
}

/**
 * Two periods of the Netflix Prize data as snapshots, read through DuckDB: memory is bounded by `memoryMb` and what is kept (20
 * bytes a pair), whatever the files' size. Users are those with ratings in both periods, numbered by customer; items the films
 * that they rated, numbered by film.
 *
 * Throws an InputError with file, line and column for a row that is none, a MissingInputError for a file that is not there.
 *
 * @example
 * const { first, second, catalogue } = await readNetflixPrize({
 *   ratings: ["combined_data_1.txt"],
 *   titles: "movie_titles.csv",
 *   periods: { first: { from: "2004-01-01", to: "2004-12-31" }, second: { from: "2005-01-01", to: "2005-12-31" } },
 * });
 * const split = snapshotSplit(first, second);
 */
export async function readNetflixPrize(options: NetflixPrizeOptions, control: JobControl = {}): Promise<Snapshots> {
  checkPeriods(options.periods);
  if (options.ratings.length === 0) throw new MissingInputError("files of ratings", "name at least one");
  const titles = await readTitles(options.titles);
  const pairs = await withRawDatabase(options, control, async (database) => {
    await keepRatings(database, options);
    return numberedPairs(database, options, true);
  });
  const { first, second, itemIds } = pairs;
  const items = itemIds.map((id): CatalogueItem => titles.get(id) ?? { id, title: `Film ${id}`, categories: [] });
  const untitled = itemIds.filter((id) => !titles.has(id)).length;
  const { periods, minRating = 1 } = options;
  const spans = [periods.first, periods.second].map(({ from, to }) => `${from} to ${to}`).join(", then ");
  const notes = [
    `Netflix Prize, ${spans}${minRating > 1 ? `, ratings of ${minRating} or more` : ""}; users with ratings in both`,
    ...(untitled > 0 ? [`${untitled} films without a title`] : []),
  ];
  return { name: "netflix-prize", catalogue: Catalogue.of(items), first, second, notes };
}

const columns = "{'customer': 'VARCHAR', 'rating': 'TINYINT', 'date': 'DATE'}";
const form = `header = false, delim = ',', quote = '', escape = '', auto_detect = false, null_padding = true, strict_mode = false, columns = ${columns}`;

/** Rows keep the order of the files: the running number of films says to which film a rating belongs. */
async function keepRatings(database: RawDatabase, options: NetflixPrizeOptions): Promise<void> {
  const { ratings, periods, minRating = 1 } = options;
  const files = await Promise.all(ratings.map(fileLiteral));
  const source = `read_csv([${files.join(", ")}], ${form})`;
  const period = periodSql("date::TIMESTAMP", periods);
  try {
    await database.run(
      "ratings",
      `CREATE TABLE lines AS SELECT * FROM (SELECT *, ${period} AS period,
       count(*) FILTER (rating IS NULL) OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS film FROM ${source})
       WHERE rating IS NULL OR (period IS NOT NULL AND rating >= ${minRating}) OR film = 0 OR date IS NULL`,
    );
  } catch (error) {
    throw delimitedError(ratings[0]!, error);
  }
  const heading = `rating IS NULL AND date IS NULL AND regexp_full_match(customer, '\\d{1,9}:')`;
  const pair = `rating IS NOT NULL AND date IS NOT NULL AND film > 0 AND try_cast(customer AS INTEGER) IS NOT NULL`;
  let bad = 0;
  const count = `SELECT count(*)::INTEGER FROM lines WHERE NOT coalesce((${heading}) OR (${pair}), false)`;
  await database.visit("check", count, ([found]) => (bad = found as number));
  if (bad > 0) throw await firstBadLine(ratings);
  await database.run(
    "films",
    `CREATE TABLE kept AS SELECT period, customer::INTEGER AS "user", title.id AS item, date::TIMESTAMP AS time, rating
     FROM lines JOIN (SELECT film, rtrim(customer, ':')::INTEGER AS id FROM lines WHERE rating IS NULL) AS title USING (film)
     WHERE rating IS NOT NULL`,
  );
  await database.run("films", "DROP TABLE lines");
}

/** Only for the message: the files are read once more, as text. */
async function firstBadLine(files: readonly string[]): Promise<InputError> {
  const { createInterface } = await import("node:readline");
  const { createReadStream } = await import("node:fs");
  for (const file of files) {
    let [line, films] = [0, 0];
    for await (const text of createInterface({ input: createReadStream(file, "latin1"), crlfDelay: Infinity })) {
      line += 1;
      if (/^\d{1,9}:$/.test(text)) films += 1;
      else if (!/^\d+,\d+,\d{4}-\d{2}-\d{2}$/.test(text))
        return new InputError(
          file,
          line,
          "row",
          `${JSON.stringify(text)} is neither "film:" nor "customer,rating,date"`,
        );
      else if (films === 0) return new InputError(file, line, "row", "a rating comes before the first film");
    }
  }
  return new InputError(files[0]!, 1, "row", "a row is neither a film nor a rating");
}

async function readTitles(file: string): Promise<ReadonlyMap<string, CatalogueItem>> {
  const rows = await readRows(file, { delimiter: ",", encoding: "latin1" });
  return new Map(
    rows.map(({ line, fields: [id, year, ...title] }) => {
      if (!/^\d+$/.test(id!)) throw new InputError(file, line, "film", `${JSON.stringify(id)} is no number`);
      const name = title.join(",").trim();
      if (name === "") throw new InputError(file, line, "title", "it is empty");
      if (!/^(\d{4}|NULL)$/.test(year!)) throw new InputError(file, line, "year", `${JSON.stringify(year)} is no year`);
      const dated = year === "NULL" ? {} : { year: Number(year) };
      return [id!, { id: id!, title: name, categories: [], ...dated }] as const;
    }),
  );
}
