// Foreign files: test/reference/data/arrow_files.py (pyarrow).
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import {
  Field,
  Float64,
  Int32,
  List,
  makeVector,
  Table,
  tableToIPC,
  Utf8,
  vectorFromArray,
  type Vector,
} from "apache-arrow";
import { Catalogue, loadDataset, readRecBole, saveDataset, type CatalogueItem, type Dataset } from "reclm/data";
import { root } from "../scripts/project";
import { folderWith, itemsOf, refusedAt } from "./folder";

const items: readonly CatalogueItem[] = [
  { id: "10", title: "Amélie", year: 2001, categories: ["Comedy", "Romance"] },
  { id: "9", title: "Heat", categories: [], abstract: "Two men." },
  { id: "2", title: "東京物語", year: 1953, categories: ["Drama"], abstract: "" },
];

const small: Dataset = {
  name: "small",
  notes: ["1 items without a year"],
  catalogue: Catalogue.of(items),
  interactions: {
    users: Int32Array.of(1, 0, 1, 0),
    items: Int32Array.of(2, 0, 1, 2),
    times: Float64Array.of(881250949, 0.5, -1, 3e9),
    ratings: Float32Array.of(4.5, 1, 3, 5),
    userIds: ["ann", "bo"],
    itemIds: ["10", "9", "2"],
  },
};

const reference = join(root, "test", "reference", "data", "arrow_files.json");
const foreign = JSON.parse(readFileSync(reference, "utf8")) as Readonly<Record<string, string>>;

function sameDataset(found: Dataset, expected: Dataset): void {
  assert.deepEqual(found.interactions, expected.interactions);
  assert.deepEqual(itemsOf(found), itemsOf(expected));
  assert.deepEqual([found.name, found.notes], [expected.name, expected.notes]);
}

/** The folder of a saved data set, some of its files replaced. */
async function saved(context: TestContext, files: Readonly<Record<string, Uint8Array>> = {}): Promise<string> {
  const folder = await folderWith(context, {});
  await saveDataset(folder, small);
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
  return folder;
}

test("a data set comes back exactly as it was", async (t) => {
  sameDataset(await loadDataset(await saved(t)), small);
});

test("columns that a data set has not stay absent; nothing at all is kept too", async (t) => {
  const folder = await folderWith(t, {});
  const { users, items: pairItems, userIds, itemIds } = small.interactions;
  const plain: Dataset = { ...small, notes: [], interactions: { users, items: pairItems, userIds, itemIds } };
  await saveDataset(folder, plain);
  const found = await loadDataset(folder);
  sameDataset(found, plain);
  assert.deepEqual(Object.keys(found.interactions).sort(), ["itemIds", "items", "userIds", "users"]);
  const none = { users: new Int32Array(0), items: new Int32Array(0), userIds: [], itemIds: [] };
  const empty: Dataset = { name: "none", notes: [], catalogue: Catalogue.of([]), interactions: none };
  await saveDataset(folder, empty);
  sameDataset(await loadDataset(folder), empty);
});

test("views of longer arrays are saved as what they show", async (t) => {
  const folder = await folderWith(t, {});
  const { users, items: pairItems, times, ratings } = small.interactions;
  const part = (array: Int32Array) => array.subarray(1, 3);
  const cut = { ...small.interactions, users: part(users), items: part(pairItems) };
  const view = { ...cut, times: times!.subarray(1, 3), ratings: ratings!.subarray(1, 3) };
  await saveDataset(folder, { ...small, interactions: view });
  const found = (await loadDataset(folder)).interactions;
  assert.deepEqual([found.users, found.items], [Int32Array.of(0, 1), Int32Array.of(0, 1)]);
  assert.deepEqual([found.times, found.ratings], [Float64Array.of(0.5, -1), Float32Array.of(1, 3)]);
});

const raw = join(root, "data", "raw", "ml-100k");
const absent = !existsSync(raw) && "data/raw/ml-100k is absent: npm run setup fetches it";

test("MovieLens 100K comes back exactly as it was read", { skip: absent }, async (t) => {
  const folder = await folderWith(t, {});
  const read = await readRecBole(raw);
  assert.deepEqual([read.interactions.users.length, read.catalogue.size], [100_000, 1682]);
  await saveDataset(folder, read);
  sameDataset(await loadDataset(folder), read);
});

test("files of the same columns that pyarrow wrote, in several batches, are read alike", async (t) => {
  const names = ["interactions", "users", "catalogue"] as const;
  const files = names.map((name) => [`${name}.arrow`, Buffer.from(foreign[name]!, "base64")] as const);
  sameDataset(await loadDataset(await saved(t, Object.fromEntries(files))), small);
});

const bytesOf = (table: Table): Uint8Array => tableToIPC(table, "file");
const { users, items: pairItems, times, ratings } = small.interactions;
const pairs = { user: makeVector(users), item: makeVector(pairItems) };
const good = Buffer.from(bytesOf(new Table({ ...pairs, time: makeVector(times!), rating: makeVector(ratings!) })));
const nullable = (values: readonly (number | null)[]) => vectorFromArray(values, new Int32());
const texts = (values: readonly (string | null)[]) => vectorFromArray(values, new Utf8());
const listed = vectorFromArray([[], [], []], new List(new Field("item", new Utf8(), false)));
const columns = { ...{ id: texts(["10", "9", "2"]), title: texts(["a", "b", "c"]) }, categories: listed };
const years = { year: nullable([1, null, 2]), abstract: texts([null, "", "x"]) };

const refusals: readonly (readonly [string, string, Uint8Array, number, string, RegExp])[] = [
  ["an empty file", "interactions.arrow", Buffer.alloc(0), 1, "file", /the file is empty/],
  ["a text", "interactions.arrow", Buffer.from("user,item\n1,2\n".repeat(9)), 1, "file", /it is no Arrow IPC file/],
  ["a stream", "interactions.arrow", Buffer.from(foreign["stream"]!, "base64"), 1, "file", /it is no Arrow IPC file/],
  ["magic alone", "users.arrow", Buffer.from("ARROW1\0\0"), 1, "file", /its end is missing/],
  ["half a file", "interactions.arrow", good.subarray(0, good.length >> 1), 1, "file", /its end is missing/],
  ["a lost byte", "interactions.arrow", good.subarray(0, -1), 1, "file", /its end is missing/],
  ["a lost middle", "users.arrow", Buffer.concat([good.subarray(0, 8), good.subarray(-10)]), 1, "file", /is missing/],
  ["64-bit users", "interactions.arrow", Buffer.from(foreign["int64"]!, "base64"), 1, "user", /holds Int64 instead/],
  [
    "compression",
    "interactions.arrow",
    Buffer.from(foreign["compressed"]!, "base64"),
    1,
    "file",
    /does not parse: .*compressed/,
  ],
  [
    "a dictionary",
    "users.arrow",
    Buffer.from(foreign["dictionary"]!, "base64"),
    1,
    "id",
    /Dictionary<.*instead of Utf8/,
  ],
  ["large texts", "users.arrow", Buffer.from(foreign["large"]!, "base64"), 1, "id", /holds LargeUtf8 instead of Utf8/],
  ["no items", "interactions.arrow", bytesOf(new Table({ user: pairs.user })), 1, "item", /not among \["user"\]/],
  ["another's file", "catalogue.arrow", good, 1, "id", /not among \["user","item","time","rating"\]/],
  ["an empty user", "interactions.arrow", pairsWith({ user: nullable([0, 1, null, 1]) }), 3, "user", /it is empty/],
  ["a negative user", "interactions.arrow", pairsWith({ user: nullable([0, -1, 0, 1]) }), 2, "user", /-1 is no user/],
  ["an unknown user", "interactions.arrow", pairsWith({ user: nullable([0, 1, 0, 2]) }), 4, "user", /there are 2/],
  ["an unknown item", "interactions.arrow", pairsWith({ item: nullable([3, 1, 0, 2]) }), 1, "item", /3 is no item/],
  ["fractions", "interactions.arrow", pairsWith({ item: makeVector(times!) }), 1, "item", /Float64 instead of Int32/],
  [
    "no time",
    "interactions.arrow",
    pairsWith({ time: makeVector(Float64Array.of(1, NaN, 2, 3)) }),
    2,
    "time",
    /NaN is not/,
  ],
  [
    "an empty time",
    "interactions.arrow",
    pairsWith({ time: vectorFromArray([1, 2, 3, null], new Float64()) }),
    4,
    "time",
    /empty/,
  ],
  [
    "no rating",
    "interactions.arrow",
    pairsWith({ rating: makeVector(Float32Array.of(Infinity, 1, 1, 1)) }),
    1,
    "rating",
    /Infinity/,
  ],
  ["an unnamed user", "users.arrow", bytesOf(new Table({ id: texts(["ann", null]) })), 2, "id", /it is empty/],
  [
    "a bare title",
    "catalogue.arrow",
    bytesOf(new Table({ ...columns, ...years, title: texts(["a", "b", null]) })),
    3,
    "title",
    /empty/,
  ],
  [
    "no year column",
    "catalogue.arrow",
    bytesOf(new Table(columns)),
    1,
    "year",
    /not among \["id","title","categories"\]/,
  ],
  ["a cut description", "dataset.json", Buffer.from('{"name": "sm'), 1, "file", /JSON/],
  ["no name", "dataset.json", Buffer.from('{"notes": []}'), 1, "name", /not a text/],
  ["no notes", "dataset.json", Buffer.from('{"name": "x", "notes": [1]}'), 1, "notes", /not a list of texts/],
  ["no description", "dataset.json", Buffer.from("null"), 1, "name", /not a text/],
];

function pairsWith(changed: Readonly<Record<string, Vector>>): Uint8Array {
  return bytesOf(new Table({ ...pairs, ...changed }));
}

for (const [what, file, bytes, line, field, reason] of refusals) {
  test(`${what} in ${file} is refused by file, row and column`, async (t) => {
    const folder = await saved(t, { [file]: bytes });
    await refusedAt(folder, loadDataset(folder), { file, line, field, reason });
  });
}

test("a file that is not there is named, with what to do", async (t) => {
  for (const file of ["dataset.json", "catalogue.arrow", "users.arrow", "interactions.arrow"]) {
    const folder = await saved(t);
    await rm(join(folder, file));
    await assert.rejects(loadDataset(folder), {
      name: "MissingInputError",
      message: new RegExp(`^Cannot find .*${file}: check the path`),
    });
  }
});

test("loading changes nothing in the folder", async (t) => {
  const folder = await saved(t);
  const before = await readFile(join(folder, "interactions.arrow"));
  await loadDataset(folder);
  assert.deepEqual(await readFile(join(folder, "interactions.arrow")), before);
  assert.deepEqual(before, good, "the same data give the same bytes");
});
