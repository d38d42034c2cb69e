import { InputError, MissingInputError, type JobControl } from "../../core";
import { Catalogue, type CatalogueItem } from "../catalogue";
import { delimitedError, fileLiteral, withRawDatabase, type RawDatabase, type RawResources } from "./duckDb";
import { checkPeriods, dayPeriod, periodSql, type Periods } from "./period";
import { numberedPairs, type Snapshots, type SnapshotUsers } from "./snapshots";

/** MIND's files, and what is taken of them. */
export interface MindNewsOptions extends SnapshotUsers, RawResources {
  /** `behaviors.tsv`, one or more: impression, user, time, history, impressions. */
  readonly behaviors: readonly string[];
  /** `news.tsv`, one or more: news, category, subcategory, title, abstract, and columns that are not read. */
  readonly news: readonly string[];
  /** Two days, such as 2019-11-09 and 2019-11-10, or any two periods. */
  readonly days: readonly [string, string] | Periods;
}

/**
 * Clicks of two days of MIND as snapshots, read through DuckDB. A click is an impression marked 1; the histories, which have no
 * times, are not read. Users are those with clicks on both days, in order of their ids, items the news that they clicked.
 *
 * Throws an InputError with file, line and column for a row that is none (also for the test part, which hides its clicks), a
 * MissingInputError for a file that is not there or a news text that no file has.
 *
 * @example
 * const mind = await readMindNews({ behaviors: ["behaviors.tsv"], news: ["news.tsv"], days: ["2019-11-09", "2019-11-10"] });
 * const split = snapshotSplit(mind.first, mind.second);
 */
export async function readMindNews(options: MindNewsOptions, control: JobControl = {}): Promise<Snapshots> {
  const { days } = options;
  const periods = "first" in days ? days : { first: dayPeriod(days[0]), second: dayPeriod(days[1]) };
  checkPeriods(periods);
  if (options.behaviors.length === 0 || options.news.length === 0) {
    throw new MissingInputError("MIND's files", "name behaviors.tsv and news.tsv");
  }
  return withRawDatabase(options, control, async (database) => {
    await keepClicks(database, options, periods);
    const { first, second, itemIds } = await numberedPairs(database, options, false);
    const catalogue = Catalogue.of(await newsOf(database, options.news, itemIds));
    const spans = [periods.first, periods.second].map(({ from, to }) => (from === to ? from : `${from} to ${to}`));
    const notes = [
      `MIND, clicks of ${spans.join(", then ")}; users with clicks in both`,
      "no ratings: every pair counts",
    ];
    return { name: "mind-news", catalogue, first, second, notes };
  });
}

const timeForm = "%m/%d/%Y %I:%M:%S %p";
const tabbed = "header = false, delim = '\\t', quote = '', escape = '', auto_detect = false";
const texts = (names: readonly string[]): string => `{${names.map((name) => `'${name}': 'VARCHAR'`).join(", ")}}`;
const behaviorColumns = texts(["impression", "user", "time", "history", "impressions"]);
const newsColumns = texts([
  "id",
  "category",
  "subcategory",
  "title",
  "abstract",
  "url",
  "titleEntities",
  "abstractEntities",
]);

async function keepClicks(database: RawDatabase, { behaviors }: MindNewsOptions, periods: Periods): Promise<void> {
  for (const [at, file] of behaviors.entries()) {
    const source = `read_csv(${await fileLiteral(file)}, ${tabbed.replace("'\\t'", "chr(9)")}, columns = ${behaviorColumns})`;
    const table = `rows${at}`;
    const moment = `try_strptime(time, '${timeForm}')`;
    try {
      await database.run(
        "behaviors",
        `CREATE TABLE ${table} AS SELECT * FROM (SELECT line, "user", moment, impressions, ${periodSql("moment", periods)} AS period
         FROM (SELECT row_number() OVER () AS line, "user", ${moment} AS moment, coalesce(impressions, '') AS impressions FROM ${source}))
         WHERE period IS NOT NULL OR moment IS NULL OR "user" IS NULL`,
      );
    } catch (error) {
      throw delimitedError(file, error);
    }
    const shown = `SELECT line, "user", moment, period, unnest(string_split(impressions, ' ')) AS shown FROM ${table}`;
    const refuse = async (field: string, reason: string, query: string): Promise<void> => {
      let line = 0;
      await database.visit(
        "check",
        `SELECT min(line)::INTEGER FROM (${query})`,
        ([found]) => (line = Number(found ?? 0)),
      );
      if (line > 0) throw new InputError(file, line, field, reason);
    };
    await refuse("user", "it is empty", `FROM ${table} WHERE "user" IS NULL`);
    await refuse("time", `it is not like 11/9/2019 9:05:58 AM`, `FROM ${table} WHERE moment IS NULL`);
    const marked = "an impression is not marked -0 or -1 (the test part hides its clicks)";
    await refuse("impressions", marked, `FROM (${shown}) WHERE shown != '' AND right(shown, 2) NOT IN ('-0', '-1')`);
    await database.run(
      "clicks",
      `${at === 0 ? "CREATE TABLE kept AS" : "INSERT INTO kept"} SELECT period, "user", left(shown, -2) AS item, moment AS time,
       NULL::TINYINT AS rating FROM (${shown}) WHERE right(shown, 2) = '-1'`,
    );
    await database.run("clicks", `DROP TABLE ${table}`);
  }
}

async function newsOf(
  database: RawDatabase,
  files: readonly string[],
  itemIds: readonly string[],
): Promise<readonly CatalogueItem[]> {
  const found = new Map<string, CatalogueItem>();
  for (const file of files) {
    const source = `read_csv(${await fileLiteral(file)}, ${tabbed.replace("'\\t'", "chr(9)")}, columns = ${newsColumns})`;
    const query = `SELECT id, category, subcategory, title, abstract FROM ${source} SEMI JOIN items ON id = item`;
    try {
      await database.visit("news", query, ([id, category, subcategory, title, abstract]) => {
        const line = (value: unknown): string => (typeof value === "string" ? value.replace(/\s+/g, " ").trim() : "");
        const categories = [line(category), line(subcategory)].filter((name) => name !== "");
        const about = line(abstract) === "" ? {} : { abstract: line(abstract) };
        const item = { id: String(id), title: line(title), categories, ...about };
        if (!found.has(item.id)) found.set(item.id, item);
      });
    } catch (error) {
      throw delimitedError(file, error);
    }
  }
  return itemIds.map((id) => {
    const item = found.get(id);
    if (item && item.title !== "") return item;
    throw new MissingInputError(
      `the title of news ${id} in ${files.join(", ")}`,
      "name the news.tsv of every part used",
    );
  });
}
