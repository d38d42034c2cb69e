import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { readLatest, readOriginal, readRecBole, type Dataset } from "reclm/data";
import { root } from "../scripts/project";
import { folderWith, itemsOf, refusedAt } from "./folder";

/** One of MovieLens' forms: its files with the same three films and four ratings, and how they are read. */
interface Form {
  readonly read: (folder: string) => Promise<Dataset>;
  readonly items: string;
  readonly pairs: string;
  readonly files: Readonly<Record<string, string>>;
  /** The second rating's row, its line, and the row in pieces: user, item, rating, time. */
  readonly row: string;
  readonly line: number;
  readonly delimiter: string;
  readonly header: boolean;
}

const flags = (...genres: readonly number[]): string =>
  Array.from({ length: 19 }, (_, genre) => (genres.includes(genre) ? "1" : "0")).join("|");

const recBole: Form = {
  read: (folder) => readRecBole(folder),
  items: "ml-100k.item",
  pairs: "ml-100k.inter",
  files: {
    "ml-100k.item":
      "item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq\n" +
      "10\tUsual Suspects, The\t1995\tCrime Thriller\n9\tHeat\t\t\n2\tAmélie\tV\tComedy\n",
    "ml-100k.inter":
      "user_id:token\titem_id:token\trating:float\ttimestamp:float\n" +
      "7\t10\t4.0\t100\n7\t9\t3\t90\n30\t10\t5\t80.5\n30\t2\t1\t0\n",
  },
  row: "7\t9\t3\t90",
  line: 3,
  delimiter: "\t",
  header: true,
};

const original: Form = {
  read: readOriginal,
  items: "u.item",
  pairs: "u.data",
  files: {
    "u.item":
      `10|Usual Suspects, The (1995)|14-Aug-1995||http://x|${flags(6, 16)}\n` +
      `9|Heat||||${flags()}\n2|Amélie|||http://x|${flags(5)}\n`,
    "u.data": "7\t10\t4\t100\n7\t9\t3\t90\n30\t10\t5\t80.5\n30\t2\t1\t0\n",
  },
  row: "7\t9\t3\t90",
  line: 2,
  delimiter: "\t",
  header: false,
};

const latest: Form = {
  read: (folder) => readLatest(folder, "ml-100k"),
  items: "movies.csv",
  pairs: "ratings.csv",
  files: {
    "movies.csv":
      'movieId,title,genres\n10,"Usual Suspects, The (1995)",Crime|Thriller\n9,Heat,(no genres listed)\n2,Amélie,Comedy\n',
    "ratings.csv": "userId,movieId,rating,timestamp\n7,10,4.0,100\n7,9,3.0,90\n30,10,5.0,80.5\n30,2,1.0,0\n",
  },
  row: "7,9,3.0,90",
  line: 3,
  delimiter: ",",
  header: true,
};

/** The folder of a form; the file that its makers write in Latin-1 is so encoded. */
function folderOf(t: TestContext, form: Form, changed: Readonly<Record<string, string>> = {}): Promise<string> {
  const encoding = (name: string): BufferEncoding => (name === "u.item" ? "latin1" : "utf8");
  const files = Object.entries({ ...form.files, ...changed });
  return folderWith(t, Object.fromEntries(files.map(([name, text]) => [name, Buffer.from(text, encoding(name))])));
}

const expected = {
  users: Int32Array.of(0, 0, 1, 1),
  items: Int32Array.of(0, 1, 0, 2),
  times: Float64Array.of(100, 90, 80.5, 0),
  ratings: Float32Array.of(4, 3, 5, 1),
  userIds: ["7", "30"],
  itemIds: ["10", "9", "2"],
};

function sameFilms(dataset: Dataset): void {
  assert.deepEqual(dataset.interactions, expected);
  assert.deepEqual(itemsOf(dataset), [
    { id: "10", title: "The Usual Suspects", year: 1995, categories: ["Crime", "Thriller"] },
    { id: "9", title: "Heat", categories: [] },
    { id: "2", title: "Amélie", categories: ["Comedy"] },
  ]);
  assert.deepEqual([dataset.name, dataset.notes], ["ml-100k", ["2 items without a year"]]);
}

/** What a wrong second rating says, by the pieces of its row; the field is as messages call it. */
const wrongRows: readonly (readonly [string, (row: readonly string[]) => readonly string[], string, RegExp])[] = [
  ["a missing field", ([user, item, rating]) => [user!, item!, rating!], "row", /3 fields instead of 4/],
  ["a field too many", (row) => [...row, "x"], "row", /5 fields instead of 4/],
  ["another delimiter", (row) => [row.join(";")], "row", /1 fields instead of 4 \(is the delimiter right\?\)/],
  ["an empty user", ([, ...rest]) => ["", ...rest], "user id", /"" is not a whole number/],
  ["a negative user", ([, ...rest]) => ["-7", ...rest], "user id", /"-7" is not a whole number/],
  ["a fractional user", ([, ...rest]) => ["7.5", ...rest], "user id", /"7\.5" is not a whole number/],
  ["a padded user", ([, ...rest]) => [" 7", ...rest], "user id", /" 7" is not a whole number/],
  ["an unknown item", ([user, , ...rest]) => [user!, "11", ...rest], "item id", /"11" is not in the catalogue/],
  ["a negative item", ([user, , ...rest]) => [user!, "-9", ...rest], "item id", /"-9" is not a whole number/],
  ["a fractional item", ([user, , ...rest]) => [user!, "9.0", ...rest], "item id", /"9\.0" is not a whole number/],
  ["a rating NaN", ([user, item, , time]) => [user!, item!, "NaN", time!], "rating", /"NaN" is not a number/],
  ["an empty rating", ([user, item, , time]) => [user!, item!, "", time!], "rating", /"" is not a number/],
  ["a time NaN", ([user, item, rating]) => [user!, item!, rating!, "NaN"], "timestamp", /"NaN" is not a number/],
  ["a date", ([user, item, rating]) => [user!, item!, rating!, "1998-01-01"], "timestamp", /is not a number/],
  ["a pair again", ([user, , ...rest]) => [user!, "10", ...rest], "row", /the pair of line \d occurs again/],
  ["an empty line", () => [""], "row", /the line is empty/],
];

for (const [name, form] of Object.entries({ recBole, original, latest })) {
  test(`${name}: films and ratings are read`, async (t) => {
    sameFilms(await form.read(await folderOf(t, form)));
  });

  test(`${name}: byte order marks, carriage returns and a missing last line end are accepted`, async (t) => {
    const endings = (text: string): string => text.replaceAll("\n", "\r\n").replace(/\r\n$/, "");
    const changed = Object.fromEntries(Object.entries(form.files).map(([file, text]) => [file, endings(text)]));
    // Latin-1 has no byte order mark.
    for (const file of Object.keys(changed)) if (file !== "u.item") changed[file] = `\uFEFF${changed[file]}`;
    sameFilms(await form.read(await folderOf(t, form, changed)));
  });

  for (const [what, change, field, reason] of wrongRows) {
    test(`${name}: ${what} is refused by file, line and field`, async (t) => {
      const row = change(form.row.split(form.delimiter)).join(form.delimiter);
      const text = form.files[form.pairs]!.replace(form.row, row);
      const folder = await folderOf(t, form, { [form.pairs]: text });
      await refusedAt(folder, form.read(folder), { file: form.pairs, line: form.line, field, reason });
    });
  }

  test(`${name}: empty files, and files of a header alone, are refused by name`, async (t) => {
    for (const file of [form.items, form.pairs]) {
      for (const text of ["", "\n", "\uFEFF"]) {
        if (file === "u.item" && text === "\uFEFF") continue;
        const folder = await folderOf(t, form, { [file]: text });
        await refusedAt(folder, form.read(folder), { file, line: 1, field: "row", reason: /the file is empty/ });
      }
      if (!form.header) continue;
      const folder = await folderOf(t, form, { [file]: form.files[file]!.split("\n")[0]! });
      await refusedAt(folder, form.read(folder), { file, line: 2, field: "row", reason: /no row follows the header/ });
    }
  });

  test(`${name}: a film that occurs twice or has no title is refused by line`, async (t) => {
    const lines = form.files[form.items]!.split("\n");
    const at = lines.findIndex((line) => line.includes("Heat"));
    const replaced = async (line: string): Promise<string> =>
      folderOf(t, form, { [form.items]: lines.map((old, n) => (n === at ? line : old)).join("\n") });
    const again = await replaced(lines[at]!.replace(/^9/, "10"));
    const place = { file: form.items, line: at + 1 };
    await refusedAt(again, form.read(again), { ...place, field: "item id", reason: /item 10 of line \d occurs again/ });
    const bare = await replaced(lines[at]!.replace("Heat", " "));
    await refusedAt(bare, form.read(bare), { ...place, field: "title", reason: /it is empty/ });
  });

  test(`${name}: a file that is not there is named, with what to do`, async (t) => {
    for (const file of [form.items, form.pairs]) {
      const folder = await folderOf(t, form);
      await rm(join(folder, file));
      const message = `Cannot find ${join(folder, file)}: check the path; \`npm run setup\` fetches the data that come with the project`;
      await assert.rejects(form.read(folder), { name: "MissingInputError", message });
    }
  });
}

test("another header is refused with what was expected", async (t) => {
  for (const form of [recBole, latest]) {
    for (const file of [form.items, form.pairs]) {
      const text = form.files[file]!.replace(/^(\w+)/, "other");
      const folder = await folderOf(t, form, { [file]: text });
      await refusedAt(folder, form.read(folder), {
        file,
        line: 1,
        field: "header",
        reason: /expected ".*", found "other/,
      });
    }
  }
});

test("a genre flag is 0 or 1; bytes that are not UTF-8 are refused by line", async (t) => {
  const flagged = await folderOf(t, original, {
    "u.item": original.files["u.item"]!.replace(flags(5), flags(5).replace("1", "2")),
  });
  await refusedAt(flagged, readOriginal(flagged), {
    file: "u.item",
    line: 3,
    field: "Comedy",
    reason: /"2" is neither 0 nor 1/,
  });
  const bytes = Buffer.from(latest.files["movies.csv"]!, "latin1");
  const folder = await folderWith(t, { "movies.csv": bytes, "ratings.csv": latest.files["ratings.csv"]! });
  await refusedAt(folder, readLatest(folder), { file: "movies.csv", line: 4, field: "row", reason: /not UTF-8/ });
});

const raw = join(root, "data", "raw", "ml-100k");
const absent = !existsSync(raw) && "data/raw/ml-100k is absent: npm run setup fetches it";

test("MovieLens 100K has the users, films and ratings that its makers count", { skip: absent }, async () => {
  const { interactions, catalogue, notes } = await readRecBole(raw);
  const { userIds, itemIds, ratings } = interactions;
  assert.deepEqual([userIds.length, itemIds.length, ratings!.length], [943, 1682, 100_000]);
  // cut -f3 ml-100k.inter | sort | uniq -c
  const counts = [1, 2, 3, 4, 5].map((rating) => ratings!.filter((value) => value === rating).length);
  assert.deepEqual(counts, [6110, 11370, 27145, 34174, 21201]);
  assert.equal(catalogue.item(0).title, "Toy Story");
  assert.deepEqual(notes, ["2 items without a year"]);
});
