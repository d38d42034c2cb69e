import { dirname, resolve } from "node:path";
import { readJson, type Json } from "../../core";
import type { ColumnarTable, DelimitedTable, InteractionColumns, ItemColumns } from "../../data";
import { filmWords, newsWords, productWords, type Words } from "../../prompts";
import { presetNames, type Preset, type TeacherFiles } from "./preset";
import { presetOf } from "./presets";

type JsonObject = { readonly [key: string]: Json };

/** Whether a preset is named by a file of one's own. */
export function isPresetFile(preset: string): boolean {
  return preset.endsWith(".json");
}

/**
 * Reads a preset of one's own: its `name`, the preset that it is `like`, and what it changes of that: the data's files and words, the
 * model's and the teacher's files, and any other setting under its name in `Preset`. Files are found from the preset's own folder; docs/own-data.md has
 * an example.
 *
 * @throws SyntaxError for a setting that does not exist, is of another kind, or is missing; names the file and the setting
 */
export async function readPresetFile(path: string): Promise<Preset> {
  const refuse = (where: string, reason: string): never => {
    throw new SyntaxError(`Cannot use preset ${path}: ${where} ${reason}`);
  };
  const { name, like, data = {}, model = {}, teacher, ...changes } = objectOf(await readJson(path), "the file", refuse);
  if (typeof name !== "string" || !/^[\p{L}\d][\p{L}\d._-]*$/u.test(name) || presetNames.some((own) => own === name)) {
    return refuse("name", `must be a word of letters, digits, ".", "_" and "-", and none of ${presetNames.join(", ")}`);
  }
  const models = presetNames.filter((own) => presetOf(own).data.source !== "mind");
  if (typeof like !== "string" || !models.some((own) => own === like)) {
    return refuse("like", `must be one of ${models.join(", ")}`);
  }
  const { data: baseData, model: baseModel, ...base } = presetOf(like);
  const label = `${name}, with the settings of ${like}`;
  return {
    ...(changed({ ...base, name, label, commitsStages: false }, changes, "", refuse) as unknown as Preset),
    data: dataOf(baseData, objectOf(data, "data", refuse), dirname(path), refuse),
    model: modelOf(baseModel, objectOf(model, "model", refuse), dirname(path), refuse),
    ...(teacher === undefined
      ? {}
      : { teacher: teacherOf(objectOf(teacher, "teacher", refuse), dirname(path), refuse) }),
  };
}

type Refuse = (where: string, reason: string) => never;

function dataOf(base: Preset["data"], given: JsonObject, folder: string, refuse: Refuse): Preset["data"] {
  const { interactions, items, words, sample, ...changes } = given;
  const { minRating } = changed({ minRating: base.minRating }, changes, "data.", refuse) as Pick<
    Preset["data"],
    "minRating"
  >;
  const ownWords = words === undefined ? {} : { words: wordsOf(words, refuse) };
  const ownSample = sample === undefined ? {} : { sample: sampleOf(objectOf(sample, "data.sample", refuse), refuse) };
  if (interactions === undefined && items === undefined) return { ...base, minRating, ...ownWords, ...ownSample };
  // A sample of the base's own data, with users kept by their ids, says nothing of other data.
  return {
    source: "files",
    minRating,
    ...ownWords,
    ...ownSample,
    files: {
      interactions: tableOf<InteractionColumns>(interactions, "data.interactions", interactionColumns, folder, refuse),
      items: tableOf<ItemColumns>(items, "data.items", itemColumns, folder, refuse),
    },
  };
}

/** Users must be counted; without a count of items all that these users like are in the sample. */
function sampleOf(given: JsonObject, refuse: Refuse): NonNullable<Preset["data"]["sample"]> {
  const { users, items, keep } = changed({ users: 0, items: 0, keep: [] }, given, "data.sample.", refuse) as {
    readonly [Key in "users" | "items"]: number;
  } & { readonly keep: readonly string[] };
  const counts = { users, ...("items" in given ? { items } : {}) };
  for (const [name, count] of Object.entries(counts)) {
    if (!(Number.isInteger(count) && count >= 1)) refuse(`data.sample.${name}`, "must be a whole number, 1 or more");
  }
  return { ...counts, keep };
}

/** Columns by name, and whether a table must have them. */
type ColumnNames = Readonly<Record<string, boolean>>;
const interactionColumns: ColumnNames = { user: true, item: true, rating: false, time: true };
const itemColumns: ColumnNames = { id: true, title: true, year: false, categories: false, abstract: false };

function tableOf<Columns>(
  value: Json | undefined,
  where: string,
  names: ColumnNames,
  folder: string,
  refuse: Refuse,
): DelimitedTable<Columns> | ColumnarTable<Columns> {
  const { file, columns, ...form } = objectOf(value ?? null, where, refuse);
  if (typeof file !== "string") return refuse(`${where}.file`, "must name a file");
  const options = changed({ delimiter: "", quoted: false, encoding: "", header: true }, form, `${where}.`, refuse);
  const given = objectOf(columns ?? null, `${where}.columns`, refuse);
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(names, name))
      refuse(`${where}.columns.${name}`, `does not exist: there are ${Object.keys(names).join(", ")}`);
  }
  for (const [name, needed] of Object.entries(names)) {
    if (needed && given[name] === undefined) refuse(`${where}.columns.${name}`, "is missing");
  }
  const kept = Object.fromEntries(Object.keys(form).map((key) => [key, options[key]!]));
  return { ...kept, file: resolve(folder, file), columns: given } as unknown as DelimitedTable<Columns>;
}

const knownWords: Readonly<Record<string, Words>> = { film: filmWords, news: newsWords, product: productWords };

function wordsOf(value: Json, refuse: Refuse): Words {
  const known = typeof value === "string" && Object.hasOwn(knownWords, value) ? knownWords[value] : undefined;
  if (known) return known;
  if (typeof value === "string")
    return refuse("data.words", `must be ${Object.keys(knownWords).join(", ")} or all of their words`);
  const given = objectOf(value, "data.words", refuse);
  const missing = Object.keys(filmWords).find((key) => given[key] === undefined);
  if (missing !== undefined) return refuse(`data.words.${missing}`, "is missing");
  const words = changed(
    { ...filmWords, bands: [...filmWords.bands] },
    given,
    "data.words.",
    refuse,
  ) as unknown as Words;
  return words.bands.length === 3 ? words : refuse("data.words.bands", "must be three names");
}

function modelOf(base: Preset["model"], given: JsonObject, folder: string, refuse: Refuse): Preset["model"] {
  const { file, ...changes } = given;
  const { source, ...settings } = base;
  const model = changed(settings, changes, "model.", refuse) as unknown as typeof settings;
  if (file === undefined) return { ...model, source };
  if (typeof file !== "string") return refuse("model.file", "must name a GGUF file");
  return { ...model, source: "file", file: resolve(folder, file) };
}

function teacherOf(given: JsonObject, folder: string, refuse: Refuse): TeacherFiles {
  const { writer, users, items } = changed({ writer: "", users: "", items: "" }, given, "teacher.", refuse);
  const [by, userFile, itemFile] = [writer, users, items] as readonly [string, string, string];
  if (by === "") return refuse("teacher.writer", "must say who wrote the profiles");
  if (userFile === "") return refuse("teacher.users", "must name a file");
  const ofItems = itemFile === "" ? {} : { items: resolve(folder, itemFile) };
  return { writer: by, users: resolve(folder, userFile), ...ofItems };
}

/** Settings with changes over them; each must exist, and be of the same kind. */
function changed(base: object, changes: JsonObject, where: string, refuse: Refuse): JsonObject {
  const settings = { ...base } as { [key: string]: Json };
  for (const [key, value] of Object.entries(changes)) {
    const before = settings[key];
    const kind = kindOf(before);
    if (before === undefined) refuse(`${where}${key}`, `does not exist: there are ${Object.keys(settings).join(", ")}`);
    // "measure", or a number.
    else if (kind !== kindOf(value) && key !== "threads")
      refuse(`${where}${key}`, `must be ${kind === "object" ? "an" : "a"} ${kind}`);
    settings[key] =
      kind === "object" ? changed(before as JsonObject, value as JsonObject, `${where}${key}.`, refuse) : value;
  }
  return settings;
}

function kindOf(value: Json | undefined): string {
  return value === null ? "null" : Array.isArray(value) ? "list" : typeof value;
}

function objectOf(value: Json, where: string, refuse: Refuse): JsonObject {
  return kindOf(value) === "object" ? (value as JsonObject) : refuse(where, "must be an object");
}
