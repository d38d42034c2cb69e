import { dirname, resolve } from "node:path";
import { readJson, type Json } from "../../core";
import type { ColumnarTable, DelimitedTable, InteractionColumns, ItemColumns } from "../../data";
import { filmWords, newsWords, productWords, type Words } from "../../prompts";
import { presetNames, type Preset, type TeacherFiles } from "./preset";
import { presetOf } from "./presets";
import { settingPairs } from "./settingPairs";
import {
  dataRules,
  modelRules,
  sampleRules,
  settingRules,
  tableRules,
  teacherRules,
  wordRules,
  type SettingRule,
} from "./settingRules";

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
 * @throws SyntaxError for a setting that does not exist, is not what it must be, or is missing; names the file and the setting
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
  const named = { ...base, name, label, commitsStages: false };
  const preset = {
    ...(changed(named, changes, settingRules, "", refuse) as unknown as Preset),
    data: dataOf(baseData, objectOf(data, "data", refuse), dirname(path), refuse),
    model: modelOf(baseModel, objectOf(model, "model", refuse), dirname(path), refuse),
    ...(teacher === undefined
      ? {}
      : { teacher: teacherOf(objectOf(teacher, "teacher", refuse), dirname(path), refuse) }),
  };
  for (const { where, must, holds } of settingPairs(preset)) if (!holds) refuse(where, must);
  return preset;
}

type Refuse = (where: string, reason: string) => never;

function dataOf(base: Preset["data"], given: JsonObject, folder: string, refuse: Refuse): Preset["data"] {
  const { interactions, items, words, sample, ...changes } = given;
  const { minRating } = changed({ minRating: base.minRating }, changes, dataRules, "data.", refuse) as Pick<
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
  if (given.users === undefined) refuse("data.sample.users", "is missing");
  return changed({ keep: [] }, given, sampleRules, "data.sample.", refuse) as unknown as NonNullable<
    Preset["data"]["sample"]
  >;
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
  const options = changed({}, form, tableRules, `${where}.`, refuse);
  const given = objectOf(columns ?? null, `${where}.columns`, refuse);
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(names, name))
      refuse(`${where}.columns.${name}`, `does not exist: there are ${Object.keys(names).join(", ")}`);
  }
  for (const [name, needed] of Object.entries(names)) {
    if (needed && given[name] === undefined) refuse(`${where}.columns.${name}`, "is missing");
  }
  return { ...options, file: resolve(folder, file), columns: given } as unknown as DelimitedTable<Columns>;
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
  return changed({}, given, wordRules, "data.words.", refuse) as unknown as Words;
}

function modelOf(base: Preset["model"], given: JsonObject, folder: string, refuse: Refuse): Preset["model"] {
  const { file, ...changes } = given;
  const { source, ...settings } = base;
  const model = changed(settings, changes, modelRules, "model.", refuse) as unknown as typeof settings;
  if (file === undefined) return { ...model, source };
  if (typeof file !== "string") return refuse("model.file", "must name a GGUF file");
  return { ...model, source: "file", file: resolve(folder, file) };
}

function teacherOf(given: JsonObject, folder: string, refuse: Refuse): TeacherFiles {
  const none = { writer: "", users: "", items: "" };
  const named = changed(none, given, teacherRules, "teacher.", refuse) as unknown as typeof none;
  const { writer: by, users: userFile, items: itemFile } = named;
  if (by === "") return refuse("teacher.writer", "must say who wrote the profiles");
  if (userFile === "") return refuse("teacher.users", "must name a file");
  const ofItems = itemFile === "" ? {} : { items: resolve(folder, itemFile) };
  return { writer: by, users: resolve(folder, userFile), ...ofItems };
}

/** Settings with changes over them; each must exist, and be what its rule says. */
function changed(base: object, changes: JsonObject, rules: object, where: string, refuse: Refuse): JsonObject {
  const settings = { ...base } as { [key: string]: Json };
  for (const [key, value] of Object.entries(changes)) {
    const name = `${where}${key}`;
    if (!Object.hasOwn(rules, key)) refuse(name, `does not exist: there are ${Object.keys(rules).join(", ")}`);
    const rule = (rules as RuleTree)[key]!;
    if (!isRule(rule)) {
      settings[key] = changed(settings[key] as JsonObject, objectOf(value, name, refuse), rule, `${name}.`, refuse);
    } else if (rule.holds(value)) settings[key] = value;
    else refuse(name, rule.must);
  }
  return settings;
}

interface RuleTree {
  readonly [key: string]: SettingRule | RuleTree;
}

function isRule(rule: SettingRule | RuleTree): rule is SettingRule {
  return typeof rule.holds === "function";
}

function objectOf(value: Json, where: string, refuse: Refuse): JsonObject {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return isObject ? (value as JsonObject) : refuse(where, "must be an object");
}
