import type { Json } from "../../core";
import type { Words } from "../../prompts";
import { recommenders, type RecommenderName } from "../../recommenders";
import { ablatedVariants } from "./ablatedVariants";
import { canHold, type DataSize } from "./dataSize";
import type { Preset, TeacherFiles, TuningSettings } from "./preset";
import { textNames } from "./textNames";

/** What the value of one setting must be, as a message says it after the setting's name. */
export interface SettingRule {
  readonly must: string;
  readonly holds: (value: Json) => boolean;
}

/** A rule for each setting, in groups as the settings are; that of an optional one is here too, so it exists for any preset. */
export type SettingRules<Settings> = {
  readonly [Key in keyof Settings]-?: NonNullable<Settings[Key]> extends readonly unknown[] | string | number | boolean
    ? SettingRule
    : SettingRules<NonNullable<Settings[Key]>>;
};

const text: SettingRule = { must: "must be a text", holds: (value) => typeof value === "string" };
const flag: SettingRule = { must: "must be true or false", holds: (value) => typeof value === "boolean" };
const count = whole(1);
const fromZero = whole(0);
const rate = number("above 0", (value) => value > 0);
const notNegative = number("0 or more", (value) => value >= 0);
const cut = number("above 0 and below 1", (value) => value > 0 && value < 1);
const recommender = oneOf<RecommenderName>(Object.keys(recommenders) as RecommenderName[]);

const tuning: SettingRules<TuningSettings> = {
  users: count,
  items: fromZero,
  steps: count,
  batch: count,
  learningRate: rate,
  warmupSteps: fromZero,
};

const training = { seeds: count, epochs: count, evaluateEvery: count, batch: count, learningRate: rate };

/** The settings of a preset that it names as `Preset` does; the others have rules of their own below. */
export const settingRules: SettingRules<Omit<Preset, "name" | "data" | "model" | "teacher">> = {
  label: text,
  split: { testShare: cut, validationShare: cut, folds: whole(2) },
  fold: fromZero,
  neighbours: {
    k: count,
    epochs: count,
    batch: count,
    learningRate: rate,
    of: oneOf<NonNullable<Preset["neighbours"]["of"]>>(["histories"]),
  },
  prompts: {
    historyItems: count,
    neighbours: count,
    neighbourItems: count,
    targetShare: number("from 0 to 1", (value) => value >= 0 && value <= 1),
    dialogueProfiles: oneOf<Preset["prompts"]["dialogueProfiles"]>(["distilled", "teacher"]),
    candidates: oneOf<NonNullable<Preset["prompts"]["candidates"]>>(["heldOut", "seen"]),
    leastItems: count,
  },
  knowledgeDistillation: tuning,
  mask: tuning,
  naive: tuning,
  reward: {
    pairsPerUser: count,
    steps: count,
    batch: count,
    learningRate: rate,
    warmupSteps: fromZero,
    evaluationPairs: count,
    // Their standard deviation is the unit of rewards.
    normalisingAnswers: whole(2),
  },
  ppo: {
    seeds: count,
    steps: count,
    batch: count,
    miniBatch: count,
    microBatch: count,
    ppoEpochs: count,
    learningRate: rate,
    klCoef: notNegative,
    temperature: rate,
    maxTokens: count,
    evaluationUsers: count,
  },
  generation: {
    temperature: notNegative,
    maxTokens: count,
    sequences: count,
    lanes: count,
    threads: {
      must: `must be "measure" or a whole number, 1 or more`,
      holds: (value) => value === "measure" || count.holds(value),
    },
    sharePrefix: oneOf<NonNullable<Preset["generation"]["sharePrefix"]>>(["list"]),
  },
  commitsStages: flag,
  qualityUsers: count,
  recommenders: { models: listOf(recommender), ...training },
  bases: { texts: listOf(oneOf(textNames)), ...training },
  ablation: {
    variants: listOf(oneOf(ablatedVariants)),
    sides: listOf(oneOf<Preset["ablation"]["sides"][number]>(["user", "item"])),
    users: count,
    models: listOf(recommender),
    seeds: count,
    runSeeds: listOf(fromZero),
  },
  fusions: { recommender, folds: listOf(fromZero), ...training, axes: count },
  efficiency: {
    sizes: listOf({
      must:
        "must have a name, whole users, items, pairs and rounds (1 or more) and whole warmUp (0 or more); " +
        "pairs at least users + items and at most half of users x items",
      holds: isTimedSize,
    }),
    batch: count,
  },
  notebooks: listOf(text),
};

export const modelRules: SettingRules<Omit<Preset["model"], "source" | "file">> = {
  contextTokens: count,
  lora: {
    rank: count,
    alpha: rate,
    dropout: number("from 0 up and below 1", (value) => value >= 0 && value < 1),
  },
};

export const dataRules: SettingRules<Pick<Preset["data"], "minRating">> = { minRating: number("", () => true) };

export const sampleRules: SettingRules<Omit<NonNullable<Preset["data"]["sample"]>, "leastPairs">> = {
  users: count,
  items: count,
  keep: {
    must: "must be a list of ids",
    holds: (value) => Array.isArray(value) && value.every(text.holds),
  },
};

export const tableRules = { delimiter: text, quoted: flag, encoding: text, header: flag };

export const wordRules: SettingRules<Words> = {
  item: text,
  items: text,
  categories: text,
  person: text,
  bands: {
    must: "must be three names",
    holds: (value) => Array.isArray(value) && value.length === 3 && value.every(text.holds),
  },
};

export const teacherRules: SettingRules<TeacherFiles> = { writer: text, users: text, items: text };

function whole(least: number): SettingRule {
  return {
    must: `must be a whole number, ${least} or more`,
    holds: (value) => Number.isSafeInteger(value) && (value as number) >= least,
  };
}

function number(range: string, holds: (value: number) => boolean): SettingRule {
  return {
    must: `must be a number ${range}`.trimEnd(),
    holds: (value) => typeof value === "number" && holds(value),
  };
}

function oneOf<Name extends string>(names: readonly Name[]): SettingRule {
  return {
    must: names.length === 1 ? `must be ${names[0]}` : `must be one of ${names.join(", ")}`,
    holds: (value) => names.some((name) => name === value),
  };
}

function listOf(rule: SettingRule): SettingRule {
  return {
    must: `must be a list, not empty and with nothing twice; each entry ${rule.must}`,
    holds: (value) =>
      Array.isArray(value) &&
      value.length > 0 &&
      value.every(rule.holds) &&
      new Set(value.map((entry) => JSON.stringify(entry))).size === value.length,
  };
}

function isTimedSize(value: Json): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const { name = null, warmUp = null, ...counts } = value as { readonly [key: string]: Json };
  const isCounted = ["users", "items", "pairs", "rounds"].every((key) => count.holds(counts[key] ?? null));
  const isForm = text.holds(name) && fromZero.holds(warmUp) && isCounted && Object.keys(counts).length === 4;
  return isForm && canHold(counts as unknown as DataSize);
}
