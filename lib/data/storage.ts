import { join } from "node:path";
import { makeVector, Table, tableToIPC, Utf8, vectorFromArray } from "apache-arrow";
import { InputError, messageOf, writeFileAtomic, writeJson, type Json } from "../core";
import { arrowColumn, hasColumn, nullableColumn, readArrow, type ArrowFile } from "./arrowFile";
import { Catalogue } from "./catalogue";
import type { Dataset } from "./dataset";
import { readInput } from "./inputFile";
import type { Interactions } from "./interactions";

/** Writes a data set as Arrow IPC files: `interactions.arrow`, `users.arrow`, `catalogue.arrow`, and a readable `dataset.json`. */
export async function saveDataset(folder: string, dataset: Dataset): Promise<void> {
  const { users, items, times, ratings, userIds } = dataset.interactions;
  const pairs = new Table({
    user: makeVector(users),
    item: makeVector(items),
    ...(times ? { time: makeVector(times) } : {}),
    ...(ratings ? { rating: makeVector(ratings) } : {}),
  });
  const names = new Table({ id: vectorFromArray(userIds, new Utf8()) });
  await writeFileAtomic(join(folder, "interactions.arrow"), tableToIPC(pairs, "file"));
  await writeFileAtomic(join(folder, "users.arrow"), tableToIPC(names, "file"));
  await writeFileAtomic(join(folder, "catalogue.arrow"), tableToIPC(dataset.catalogue.table, "file"));
  await writeJson(join(folder, "dataset.json"), { name: dataset.name, notes: dataset.notes } satisfies Json);
}

/**
 * Reads what `saveDataset` wrote, exactly as it was.
 *
 * A file that is no Arrow file, is cut, or lacks a column, and an entry that is empty, not finite or no index of a user or item
 * throw an InputError with file, row and column; a file that is not there, a MissingInputError.
 */
export async function loadDataset(folder: string): Promise<Dataset> {
  const about = await readAbout(join(folder, "dataset.json"));
  const catalogue = catalogueOf(await readArrow(join(folder, "catalogue.arrow")));
  const names = await readArrow(join(folder, "users.arrow"));
  const userIds = Array.from(arrowColumn(names, "id", "Utf8"), String);
  const itemIds = Array.from({ length: catalogue.size }, (_, item) => catalogue.item(item).id);
  const pairs = await readArrow(join(folder, "interactions.arrow"));
  const interactions: Interactions = {
    users: indicesOf(pairs, "user", userIds.length),
    items: indicesOf(pairs, "item", itemIds.length),
    ...(hasColumn(pairs, "time") ? { times: Float64Array.from(numbersOf(pairs, "time", "Float64")) } : {}),
    ...(hasColumn(pairs, "rating") ? { ratings: Float32Array.from(numbersOf(pairs, "rating", "Float32")) } : {}),
    userIds,
    itemIds,
  };
  return { ...about, interactions, catalogue };
}

function catalogueOf(file: ArrowFile): Catalogue {
  for (const name of ["id", "title"]) arrowColumn(file, name, "Utf8");
  arrowColumn(file, "categories", "List<Utf8>");
  nullableColumn(file, "year", "Int32");
  nullableColumn(file, "abstract", "Utf8");
  return Catalogue.fromTable(file.table);
}

/** A column of indices from 0, as an array of its own. */
function indicesOf(pairs: ArrowFile, name: string, count: number): Int32Array {
  const indices = Int32Array.from(arrowColumn(pairs, name, "Int32").toArray() as Int32Array);
  const bad = indices.findIndex((index) => !(index >= 0 && index < count));
  if (bad < 0) return indices;
  throw new InputError(pairs.file, bad + 1, name, `${indices[bad]} is no ${name}: there are ${count}`);
}

function numbersOf(pairs: ArrowFile, name: string, type: "Float32" | "Float64"): Float32Array | Float64Array {
  const numbers = arrowColumn(pairs, name, type).toArray() as Float32Array | Float64Array;
  const bad = numbers.findIndex((number) => !Number.isFinite(number));
  if (bad < 0) return numbers;
  throw new InputError(pairs.file, bad + 1, name, `${numbers[bad]} is not a number`);
}

async function readAbout(file: string): Promise<Pick<Dataset, "name" | "notes">> {
  const text = (await readInput(file)).toString("utf8");
  try {
    const about = JSON.parse(text) as Readonly<Record<string, unknown>> | null;
    const { name, notes } = about ?? {};
    if (typeof name !== "string") throw new InputError(file, 1, "name", "it is not a text");
    if (!Array.isArray(notes) || !notes.every((note) => typeof note === "string")) {
      throw new InputError(file, 1, "notes", "they are not a list of texts");
    }
    return { name, notes };
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(file, 1, "file", messageOf(error));
  }
}
