import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { makeVector, Table, tableFromIPC, tableToIPC, Utf8, vectorFromArray } from "apache-arrow";
import { messageOf, readJson, writeFileAtomic, writeJson, type Json } from "../core";
import { Catalogue } from "./catalogue";
import type { Interactions } from "./interactions";
import type { Dataset } from "./dataset";

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

/** Reads what `saveDataset` wrote, exactly as it was. */
export async function loadDataset(folder: string): Promise<Dataset> {
  const about = (await readJson(join(folder, "dataset.json"))) as {
    readonly name: string;
    readonly notes: readonly string[];
  };
  const pairs = await readTable(join(folder, "interactions.arrow"));
  const names = await readTable(join(folder, "users.arrow"));
  const catalogue = Catalogue.fromTable(await readTable(join(folder, "catalogue.arrow")));
  const column = (name: string): unknown => pairs.getChild(name)?.toArray();
  const times = column("time") as Float64Array | undefined;
  const ratings = column("rating") as Float32Array | undefined;
  const interactions: Interactions = {
    users: Int32Array.from(column("user") as Int32Array),
    items: Int32Array.from(column("item") as Int32Array),
    ...(times ? { times: Float64Array.from(times) } : {}),
    ...(ratings ? { ratings: Float32Array.from(ratings) } : {}),
    userIds: Array.from(names.getChild("id")!, String),
    itemIds: Array.from({ length: catalogue.size }, (_, item) => catalogue.item(item).id),
  };
  return { ...about, interactions, catalogue };
}

async function readTable(file: string): Promise<Table> {
  const bytes = await readFile(file);
  try {
    return tableFromIPC(bytes);
  } catch (error) {
    throw new SyntaxError(`Cannot read ${file}: ${messageOf(error)}`, { cause: error });
  }
}
