import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type Data,
  Field,
  FixedSizeList,
  Float32,
  Int32,
  List,
  makeData,
  makeVector,
  Table,
  tableFromIPC,
  tableToIPC,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import {
  type Csr,
  hashBytes,
  type Json,
  type Matrix,
  matrixOf,
  messageOf,
  readJson,
  writeFileAtomic,
  writeJson,
} from "../../core";
import type { ItemForm, Recipe, Scoring } from "../definition";
import { Recommendations, type RecommenderState } from "./recommendations";

const format = "reclm-recommender-1";

/**
 * Writes a model as a folder that other programs can read: `model.json` says what it is; `users.arrow` has a vector and the
 * seen items of each user, and those it likes where they are told apart, `items.arrow` a title and a vector of each item, `layers.arrow` the networks' parameters.
 *
 * Other files in the folder stay. The checksums in `model.json`, which is written last, say which tables it belongs to: killed
 * while it is saved over another model, what is left is refused.
 *
 * @example await saveRecommender("runs/lightgcn", Recommendations.of(trained, split.train, titles))
 */
export async function saveRecommender(folder: string, { state }: Recommendations): Promise<void> {
  const { name, recipe, epoch, scoring, itemForm, users, items, layers, seen, liked, titles } = state;
  const names = Object.keys(layers).sort();
  const ofLayers = names.map((layer) => layers[layer]!);
  const starts = new Int32Array(ofLayers.length + 1);
  ofLayers.forEach(({ data }, n) => (starts[n + 1] = starts[n]! + data.length));
  const values = new Float32Array(starts.at(-1)!);
  ofLayers.forEach(({ data }, n) => values.set(data, starts[n]));
  const tables: Readonly<Record<string, Table>> = {
    users: new Table({
      vector: makeVector(vectorsOf(users)),
      seen: makeVector(listsOf(new Int32(), seen.starts, seen.columns)),
      ...(liked ? { liked: makeVector(listsOf(new Int32(), liked.starts, liked.columns)) } : {}),
    }),
    items: new Table({ title: vectorFromArray(titles, new Utf8()), vector: makeVector(vectorsOf(items)) }),
    layers: new Table({
      name: vectorFromArray(names, new Utf8()),
      cols: makeVector(Int32Array.from(ofLayers, ({ cols }) => cols)),
      values: makeVector(listsOf(new Float32(), starts, values)),
    }),
  };
  const sha256: Record<string, string> = {};
  for (const [file, table] of Object.entries(tables)) {
    const bytes = tableToIPC(table, "file");
    sha256[file] = hashBytes(bytes);
    await writeFileAtomic(join(folder, `${file}.arrow`), bytes);
  }
  const form = itemForm ? { itemForm: { ...itemForm, prefixes: [...itemForm.prefixes] } } : {};
  const about = { format, name, ...(recipe ? { recipe } : {}), epoch, scoring, ...form, sha256 };
  await writeJson(join(folder, "model.json"), about satisfies Json);
}

/**
 * Reads what `saveRecommender` wrote. The files hold numbers and texts, nothing that could run; throws a SyntaxError that
 * names the file where one is not what it should be, or not of the model that `model.json` describes.
 */
export async function loadRecommender(folder: string): Promise<Recommendations> {
  const json = await readJson(join(folder, "model.json"));
  const about = aboutOf(join(folder, "model.json"), json);
  // Absent in models that were saved without.
  const sha256 = (json as { readonly sha256?: Readonly<Record<string, Json>> | null }).sha256 ?? {};
  const [users, items, layers] = [
    await arrowOf(folder, "users", sha256["users"]),
    await arrowOf(folder, "items", sha256["items"]),
    await arrowOf(folder, "layers", sha256["layers"]),
  ];
  const itemCount = items.table.numRows;
  const pairsOf = (name: "seen" | "liked"): Csr => {
    const { starts, values: columns } = users.lists(name, new Int32Array());
    if (columns.some((item) => !(item >= 0 && item < itemCount))) {
      throw new SyntaxError(`Cannot read ${users.path}: a ${name} item is none of ${itemCount}`);
    }
    return { rows: users.table.numRows, cols: itemCount, starts, columns };
  };
  const values = layers.lists("values", new Float32Array());
  const cols = layers.column("cols").toArray() as Int32Array;
  const parts = Array.from(layers.column("name"), (name, n): readonly [string, Matrix] => {
    const data = values.values.slice(values.starts[n], values.starts[n + 1]);
    const rows = data.length / cols[n]!;
    if (!Number.isInteger(rows)) {
      throw new SyntaxError(
        `Cannot read ${layers.path}: layer "${name}" has ${data.length} numbers in ${cols[n]} columns`,
      );
    }
    return [String(name), matrixOf(rows, cols[n]!, data)];
  });
  return new Recommendations({
    ...about,
    users: users.matrix("vector"),
    items: items.matrix("vector"),
    layers: Object.fromEntries(parts),
    seen: pairsOf("seen"),
    ...(users.table.getChild("liked") ? { liked: pairsOf("liked") } : {}),
    titles: Array.from(items.column("title"), String),
  });
}

type About = Pick<RecommenderState, "name" | "recipe" | "epoch" | "scoring" | "itemForm">;

const scorings: Readonly<Record<Scoring, true>> = { dot: true, "ncf-reclm": true, "ncf-canonical": true };
const recipes: Readonly<Record<Recipe, true>> = { reclm: true, canonical: true };

function aboutOf(path: string, value: unknown): About {
  const wrong = (what: string): SyntaxError => new SyntaxError(`Cannot read ${path}: ${what}`);
  if (typeof value !== "object" || value === null) throw wrong("it holds no object");
  const about = value as Partial<About> & { readonly format?: unknown };
  if (about.format !== format) throw wrong(`its format is ${JSON.stringify(about.format)}, not "${format}"`);
  const { name, recipe, epoch, scoring, itemForm } = about;
  if (typeof name !== "string" || typeof epoch !== "number") throw wrong("it lacks a name or an epoch");
  if (!scoring || !Object.hasOwn(scorings, scoring)) throw wrong(`scoring "${scoring}" is not known`);
  if (recipe && !Object.hasOwn(recipes, recipe)) throw wrong(`recipe "${recipe}" is not known`);
  if (itemForm && !isItemForm(itemForm)) throw wrong("its itemForm is not one");
  return { name, epoch, scoring, ...(recipe ? { recipe } : {}), ...(itemForm ? { itemForm } : {}) };
}

function isItemForm({ prefixes, fused, unit, share }: ItemForm): boolean {
  const texts = Array.isArray(prefixes) && prefixes.every((prefix) => typeof prefix === "string");
  return texts && typeof fused === "boolean" && typeof unit === "boolean" && typeof share === "number";
}

/** [n] rows of a matrix. */
function vectorsOf({ data, rows, cols }: Matrix): Data<FixedSizeList<Float32>> {
  const type = new FixedSizeList(cols, new Field("value", new Float32()));
  return makeData({ type, length: rows, child: makeData({ type: new Float32(), data }) });
}

/** [n] lists, list r being values[starts[r] .. starts[r + 1]). */
function listsOf<T extends Int32 | Float32>(type: T, starts: Int32Array, values: T["TArray"]): Data<List<T>> {
  const child = makeData({ type, data: values } as Parameters<typeof makeData>[0]) as unknown as Data<T>;
  return makeData({ type: new List(new Field("value", type)), length: starts.length - 1, valueOffsets: starts, child });
}

/** One Arrow file's table, its columns by name. */
class ArrowFile {
  constructor(
    readonly path: string,
    readonly table: Table,
  ) {}

  column(name: string) {
    const found = this.table.getChild(name);
    if (!found) throw new SyntaxError(`Cannot read ${this.path}: it has no column "${name}"`);
    return found;
  }

  /** A column of vectors of one length. */
  matrix(name: string): Matrix {
    const column = this.column(name);
    if (!(column.type instanceof FixedSizeList)) throw this.#wrong(name);
    const { listSize } = column.type;
    const data = this.#values(column.data, new Float32Array(), column.length * listSize);
    return matrixOf(column.length, listSize, data);
  }

  /** A column of lists: where each starts, and all values. */
  lists<T extends Int32Array | Float32Array>(
    name: string,
    like: T,
  ): { readonly starts: Int32Array; readonly values: T } {
    const column = this.column(name);
    const [part, ...more] = column.data;
    if (!(column.type instanceof List) || !part || more.length > 0) throw this.#wrong(name);
    // Buffers are padded: what counts ends with the last list.
    const starts = Int32Array.from((part.valueOffsets as Int32Array).subarray(0, column.length + 1));
    if (starts.some((start, n) => start < (n === 0 ? 0 : starts[n - 1]!))) throw this.#wrong(name);
    return { starts, values: this.#values([part], like, starts.at(-1)!) };
  }

  #values<T extends Int32Array | Float32Array>(parts: readonly Data[], like: T, count: number): T {
    const [part, ...more] = parts;
    const values: unknown = part?.children[0]?.values;
    if (more.length > 0 || !(values instanceof like.constructor)) throw this.#wrong("vector or list");
    if ((values as T).length < count) throw this.#wrong("vector or list");
    return (values as T).slice(0, count) as T;
  }

  #wrong(name: string): SyntaxError {
    return new SyntaxError(`Cannot read ${this.path}: column "${name}" does not hold what it should`);
  }
}

async function arrowOf(folder: string, name: string, sha256: Json | undefined): Promise<ArrowFile> {
  const path = join(folder, `${name}.arrow`);
  const bytes = await readFile(path);
  if (sha256 !== undefined && hashBytes(bytes) !== sha256) {
    throw new SyntaxError(`Cannot read ${path}: it is not the table that model.json was saved with`);
  }
  try {
    return new ArrowFile(path, tableFromIPC(bytes));
  } catch (error) {
    throw new SyntaxError(`Cannot read ${path}: ${messageOf(error)}`, { cause: error });
  }
}
