import assert from "node:assert/strict";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { readDelimited, type Dataset, type DelimitedOptions } from "reclm/data";
import { folderWith, itemsOf, refusedAt } from "./folder";

const loans = "reader,isbn,stars,lent_at\nzoe,b-1,4.5,100\nadam,b-2,3,200\n";
const books = [
  "isbn\ttitle\tyear\tsubjects\tblurb\tshelf",
  "b-2\tStoner, A Life\t1965\tnovel; campus ;novel;\t\tA1",
  "b-1\tUlysses\t\t\tOne day.\tA2",
  "b-3\tIliad\t762.0\tepic\tAnger.\tA3\n",
].join("\n");

function options(folder: string): DelimitedOptions {
  return {
    name: "books",
    interactions: {
      file: join(folder, "loans.csv"),
      delimiter: ",",
      quoted: true,
      columns: { user: "reader", item: "isbn", rating: "stars", time: "lent_at" },
    },
    items: {
      file: join(folder, "books.tsv"),
      delimiter: "\t",
      columns: {
        id: "isbn",
        title: "title",
        year: "year",
        categories: { column: "subjects", separator: ";" },
        abstract: "blurb",
      },
    },
  };
}

async function folderOf(context: TestContext, files: { readonly loans?: string; readonly books?: string } = {}) {
  return await folderWith(context, { "loans.csv": files.loans ?? loans, "books.tsv": files.books ?? books });
}

async function read(folder: string): Promise<Dataset> {
  return await readDelimited(options(folder));
}

test("own files: columns by name, users by code unit, items in the file's order", async (context) => {
  const dataset = await read(await folderOf(context));
  assert.deepEqual(dataset.interactions, {
    users: Int32Array.of(1, 0),
    items: Int32Array.of(1, 0),
    times: Float64Array.of(100, 200),
    ratings: Float32Array.of(4.5, 3),
    userIds: ["adam", "zoe"],
    itemIds: ["b-2", "b-1", "b-3"],
  });
  assert.deepEqual(itemsOf(dataset), [
    { id: "b-2", title: "Stoner, A Life", year: 1965, categories: ["novel", "campus"] },
    { id: "b-1", title: "Ulysses", categories: [], abstract: "One day." },
    { id: "b-3", title: "Iliad", year: 762, categories: ["epic"], abstract: "Anger." },
  ]);
  assert.deepEqual([dataset.name, dataset.notes], ["books", ["1 items without a year"]]);
});

test("files without header, ratings or times: columns by place; quoted fields hold delimiters, quotes and lines", async (context) => {
  const folder = await folderWith(context, {
    "pairs.txt": "u 1::x\r\nu 2::x\r\nu 2::y",
    "items.csv": '\uFEFFx,"Say ""no"",\nnow",a\r\ny,6" nails,"b"\r\n',
  });
  const dataset = await readDelimited({
    name: "shop",
    interactions: { file: join(folder, "pairs.txt"), delimiter: "::", header: false, columns: { user: 0, item: 1 } },
    items: {
      file: join(folder, "items.csv"),
      delimiter: ",",
      quoted: true,
      header: false,
      columns: { id: 0, title: 1, abstract: 2 },
    },
  });
  assert.deepEqual(dataset.interactions, {
    users: Int32Array.of(0, 1, 1),
    items: Int32Array.of(0, 0, 1),
    userIds: ["u 1", "u 2"],
    itemIds: ["x", "y"],
  });
  assert.deepEqual(itemsOf(dataset), [
    { id: "x", title: 'Say "no", now', categories: [], abstract: "a" },
    { id: "y", title: '6" nails', categories: [], abstract: "b" },
  ]);
  assert.deepEqual(dataset.notes, ["2 items without a year", "no ratings: every pair counts", "no times"]);
});

test("milliseconds become seconds; Latin-1 is read where it is named, refused where it is not", async (context) => {
  const folder = await folderOf(context, { loans: "reader,isbn,lent_at\nzoe,b-1,1500\n" });
  const cite = Buffer.from("isbn\ttitle\nb-1\tUlysses\nb-2\tLa cité\n", "latin1");
  const other = await folderWith(context, { "books.tsv": cite });
  const { interactions, items } = options(folder);
  const columns = { user: "reader", item: "isbn", time: { column: "lent_at", unit: "milliseconds" } } as const;
  const titles = { ...items, file: join(other, "books.tsv"), columns: { id: "isbn", title: "title" } };
  const own = { name: "books", interactions: { ...interactions, columns } };
  const dataset = await readDelimited({ ...own, items: { ...titles, encoding: "latin1" } });
  assert.deepEqual(dataset.interactions.times, Float64Array.of(1.5));
  assert.equal(dataset.catalogue.item(1).title, "La cité");
  await refusedAt(other, readDelimited({ ...own, items: titles }), {
    file: "books.tsv",
    line: 3,
    field: "row",
    reason: /not UTF-8/,
  });
});

test("bad values name file, line and column", async (context) => {
  const cases: readonly (readonly ["loans.csv" | "books.tsv", string, string, number, string, RegExp])[] = [
    ["loans.csv", "adam,b-2,3,200", "adam,b-2,3", 3, "row", /3 fields instead of 4/],
    ["loans.csv", "adam,b-2,3,200", " ,b-2,3,200", 3, "reader", /it is empty/],
    ["loans.csv", "adam,b-2,3,200", "adam,,3,200", 3, "isbn", /it is empty/],
    ["loans.csv", "adam,b-2,3,200", "adam,b-9,3,200", 3, "isbn", /"b-9" is not in the catalogue/],
    ["loans.csv", "adam,b-2,3,200", "adam,b-2,NaN,200", 3, "stars", /"NaN" is not a number/],
    ["loans.csv", "adam,b-2,3,200", "adam,b-2,3,", 3, "lent_at", /"" is not a number/],
    ["loans.csv", "adam,b-2,3,200", "zoe,b-1,3,200", 3, "row", /the pair of line 2 occurs again/],
    ["loans.csv", "adam,b-2,3,200", "", 3, "row", /the line is empty/],
    ["loans.csv", "adam,b-2,3,200", 'adam,"b-2,3,200', 3, "2", /a quote is not closed/],
    ["loans.csv", "adam,b-2,3,200", 'adam,"b-2"x,3,200', 3, "2", /text follows a closing quote instead of ","/],
    ["loans.csv", "reader,", "person,", 1, "header", /column "reader" is not among \["person",/],
    ["loans.csv", "stars,", "reader,", 1, "header", /column "reader" occurs twice/],
    ["loans.csv", loans, "", 1, "row", /the file is empty/],
    ["loans.csv", loans, "reader,isbn,stars,lent_at\n", 2, "row", /no row follows the header/],
    ["loans.csv", loans, loans.replaceAll(",", ";"), 1, "header", /column "reader" is not among \["reader;isbn;/],
    ["books.tsv", "b-3\t", "b-2\t", 4, "isbn", /item b-2 of line 2 occurs again/],
    ["books.tsv", "b-3\t", "\t", 4, "isbn", /it is empty/],
    ["books.tsv", "Ulysses", "  ", 3, "title", /it is empty/],
    ["books.tsv", "1965", "1965-66", 2, "year", /"1965-66" is not a year from 1 to 9999/],
    ["books.tsv", "1965", "0", 2, "year", /"0" is not a year/],
  ];
  for (const [file, before, after, line, field, reason] of cases) {
    const whole = file === "loans.csv" ? loans : books;
    assert.ok(whole.includes(before));
    const text = whole.replace(before, after);
    const folder = await folderOf(context, file === "loans.csv" ? { loans: text } : { books: text });
    await refusedAt(folder, read(folder), { file, line, field, reason });
  }
});

test("a row behind a field of several lines keeps its own line", async (context) => {
  const folder = await folderOf(context, { loans: loans.replace("zoe", '"zoe\n\nof Ur"').replace("b-2", "b-9") });
  await refusedAt(folder, read(folder), { file: "loans.csv", line: 5, field: "isbn", reason: /not in the catalogue/ });
});

test("options that fit no file", async (context) => {
  const folder = await folderOf(context);
  const { name, interactions, items } = options(folder);
  const places = { ...interactions, columns: { user: 0, item: 4 } };
  await refusedAt(folder, readDelimited({ name, items, interactions: places }), {
    file: "loans.csv",
    line: 1,
    field: "column 4",
    reason: /the columns are 0 to 3/,
  });
  const refusals: readonly (readonly [DelimitedOptions, string, RegExp])[] = [
    [
      { name, items, interactions: { ...interactions, header: false } },
      "TypeError",
      /column "reader" must be a number/,
    ],
    [{ name, items, interactions: { ...interactions, delimiter: "" } }, "RangeError", /"" is no delimiter/],
    [{ name, items, interactions: { ...interactions, delimiter: '"' } }, "RangeError", /is no delimiter/],
    [
      {
        name,
        interactions,
        items: { ...items, columns: { ...items.columns, categories: { column: "subjects", separator: "" } } },
      },
      "RangeError",
      /the separator of categories is empty/,
    ],
  ];
  for (const [wrong, kind, message] of refusals) {
    await assert.rejects(readDelimited(wrong), { name: kind, message });
  }
});
