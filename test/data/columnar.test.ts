// The files, whose content is stated there: test/reference/data/columnar_pyarrow.py (pyarrow).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { readDelimited, type DelimitedOptions } from "reclm/data";
import { MissingInputError } from "reclm/core";
import { folderWith, itemsOf, refusedAt } from "./folder";

type Form = "parquet" | "arrow" | "arrows";
const reference = JSON.parse(
  readFileSync(join(__dirname, "../../../test/reference/data/columnar_pyarrow.json"), "utf8"),
) as Readonly<Record<"loans" | "books" | "lists", Readonly<Record<Form, string>>>>;

async function options(context: TestContext, form: Form): Promise<DelimitedOptions & { readonly folder: string }> {
  const folder = await folderWith(context, {
    [`loans.${form}`]: Buffer.from(reference.loans[form], "base64"),
    [`books.${form}`]: Buffer.from(reference.books[form], "base64"),
  });
  const interactions = { user: "reader", item: "isbn", rating: "stars", time: "lent" };
  const items = {
    id: "isbn",
    title: 'it\'s "title"',
    year: "year",
    categories: { column: "subjects", separator: ";" },
    abstract: "blurb",
  };
  return {
    folder,
    name: "books",
    interactions: { file: join(folder, `loans.${form}`), columns: interactions },
    items: { file: join(folder, `books.${form}`), columns: items },
  };
}

for (const form of ["parquet", "arrow", "arrows"] as const) {
  test(`${form}: whole numbers exactly, dictionaries, lists, nulls, timestamps and dates as seconds`, async (context) => {
    const given = await options(context, form);
    const dataset = await readDelimited(given);
    const { interactions } = dataset;
    assert.deepEqual(interactions.userIds, ["7", "9007199254740993"]);
    assert.deepEqual([...interactions.users], [0, 1, 0]);
    assert.deepEqual([...interactions.items], [0, 1, 1]);
    assert.deepEqual([...interactions.ratings!], [4.5, 3, 1]);
    assert.deepEqual([...interactions.times!], [1577836800, 1577923201, -86400]);
    assert.deepEqual(itemsOf(dataset), [
      { id: "b-1", title: "Ulysses", year: 1922, categories: ["novel", "irish"] },
      { id: "b-2", title: "Stoner, A Life", categories: [], abstract: "It's" },
      { id: "b-3", title: "Iliad", year: 762, categories: [], abstract: "Anger." },
    ]);
    const byDay = { ...given.interactions, columns: { user: "reader", item: "isbn", time: "day" } };
    const { times } = (await readDelimited({ ...given, interactions: byDay })).interactions;
    assert.deepEqual([...times!], [1577836800, 1577923200, 86400]);
  });

  test(`${form}: lists of three kinds without their nulls, one column as id and title`, async (context) => {
    const given = await options(context, form);
    const bytes = Buffer.from(reference.lists[form], "base64");
    const file = join(await folderWith(context, { [`lists.${form}`]: bytes }), `lists.${form}`);
    const termsBy = async (column: string): Promise<readonly unknown[]> => {
      const columns = { id: "isbn", title: "isbn", categories: { column, separator: ";" } };
      const { catalogue } = await readDelimited({ ...given, items: { file, columns } });
      return catalogue.indices().map((index) => {
        const { id, title, categories } = catalogue.item(index);
        assert.equal(title, id);
        return categories;
      });
    };
    for (const column of ["list", "large"])
      assert.deepEqual(await termsBy(column), [["novel", "irish"], [], ["war", "epic"]]);
    assert.deepEqual(await termsBy("pair"), [["novel", "irish"], [], ["war"]]);
  });

  test(`${form}: missing columns and broken files are named`, async (context) => {
    const given = await options(context, form);
    const unknown = { ...given.interactions, columns: { user: "readers", item: "isbn" } };
    await refusedAt(given.folder, readDelimited({ ...given, interactions: unknown }), {
      file: `loans.${form}`,
      line: 1,
      field: "header",
      reason: /column "readers" is not among \["reader","isbn"/,
    });
    const broken = await folderWith(context, { [`broken.${form}`]: "nothing of the kind" });
    const file = join(broken, `broken.${form}`);
    const reading = readDelimited({ ...given, interactions: { ...given.interactions, file } });
    await assert.rejects(reading, (error: unknown) => {
      assert.ok(error instanceof SyntaxError && error.message.startsWith(`Cannot read ${file}: `), String(error));
      return true;
    });
    const absent = { ...given.interactions, file: join(broken, `absent.${form}`) };
    await assert.rejects(readDelimited({ ...given, interactions: absent }), MissingInputError);
  });
}

test("arrow: a file that is empty or cut anywhere behind its first word is refused as such, a whole stream by that name is read", async (context) => {
  const given = await options(context, "arrow");
  const bytes = Buffer.from(reference.loans.arrow, "base64");
  const file = join(given.folder, "loans.arrow");
  for (const [length, reason] of [
    [0, /the file is empty/],
    [7, /the Arrow file is cut/],
    [8, /the Arrow file is cut/],
    [bytes.length >> 1, /the Arrow file is cut/],
    [bytes.length - 1, /the Arrow file is cut/],
  ] as const) {
    await writeFile(file, bytes.subarray(0, length));
    await refusedAt(given.folder, readDelimited(given), { file: "loans.arrow", line: 1, field: "file", reason });
  }
  await writeFile(file, Buffer.from(reference.loans.arrows, "base64"));
  assert.deepEqual([...(await readDelimited(given)).interactions.users], [0, 1, 0]);
});

test("parquet: a folder's name does not stand in the place of a column", async (context) => {
  const given = await options(context, "parquet");
  const folder = join(given.folder, "year=1900");
  await mkdir(folder);
  const file = join(folder, "books.parquet");
  await writeFile(file, Buffer.from(reference.books.parquet, "base64"));
  const { catalogue } = await readDelimited({ ...given, items: { ...given.items, file } });
  assert.deepEqual(
    catalogue.indices().map((item) => catalogue.item(item).year),
    [1922, undefined, 762],
  );
});

test("a text file needs a delimiter", async (context) => {
  const given = await options(context, "arrow");
  const folder = await folderWith(context, { "loans.csv": "reader,isbn\n7,b-1\n" });
  const interactions = { ...given.interactions, file: join(folder, "loans.csv") };
  await assert.rejects(readDelimited({ ...given, interactions }), /neither Parquet nor Arrow: name its delimiter/);
});
