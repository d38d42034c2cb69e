import { join } from "node:path";
import { prngOf, readJson, shuffled, writeJson, type Json, type StageCodec } from "../../core";
import type { Neighbours } from "../../data";
import {
  audienceOf,
  coldItemExamples,
  nearestItems,
  userExamples,
  warmItemExamples,
  type Showing,
  type TuningExample,
  type UserTeacher,
} from "../../profiles";
import { filmWords, promptSource, type CountTokens, type DialoguePlans, type PromptSource } from "../../prompts";
import { dataStage, type PreparedData } from "../data/dataStage";
import { dialoguePlans, dialogueTargets } from "./dialoguePlans";
import type { Experiment } from "../experiment";
import { neighbourStage } from "../data/neighbourStage";
import { defineStage, type Stage } from "../stage";
import { teacherInputs, teachersOf, type Teachers } from "./teachers";
import { openTokenCounter } from "./tokenCounter";
import type { TuningData } from "./tuningData";

/** What the language model is taught, before any answer of its own is needed. */
export interface Instructions {
  /** Users that tuning may see, as targets or as neighbours. */
  readonly tuningUsers: readonly number[];
  /** Users that tuning never sees: profiles are judged on them. */
  readonly unseenUsers: readonly number[];
  /** Knowledge distillation: users' and items' profiles by the teacher. */
  readonly distillation: TuningData;
  /** Whom the two-turn dialogues are about, and what they ask. */
  readonly plans: DialoguePlans;
  /** Users and items that no example could be made for. */
  readonly unable: readonly { readonly id: string; readonly reason: string }[];
  readonly teacherNote: string;
}

/** Users shown in a warm item's prompt, and similar items in a cold one's. */
export const itemAudience = 3;

/** Prompts over the training histories of the experiment's data. */
export async function promptSourceOf(experiment: Experiment): Promise<PromptSource> {
  return promptSourceOn(experiment, await dataStage.read(experiment));
}

/** Prompts over the histories of given data, base rates too. */
export function promptSourceOn({ preset }: Experiment, { catalogue, histories }: PreparedData): PromptSource {
  return promptSource(catalogue, histories, preset.data.words ?? filmWords);
}

/** How histories are shown under a preset, within the model's context. */
export function showingOf(experiment: Experiment, countTokens: CountTokens): Showing {
  const { historyItems, neighbourItems } = experiment.preset.prompts;
  const { contextTokens } = experiment.preset.model;
  return { limits: { targetItems: historyItems, neighbourItems }, budget: { tokens: contextTokens, countTokens } };
}

/** Whom tuning sees and whom not, the teacher's examples for distillation, and the plans of the dialogues. */
export const instructionStage: Stage<Instructions> = defineStage<Instructions>({
  name: "instructions",
  version: 2,
  notebook: "03-instructions",
  takesSeconds: true,
  inputs: (experiment) => ({
    neighbours: neighbourStage.hash(experiment),
    prompts: { ...experiment.preset.prompts },
    tokenizer: experiment.model.hash,
    // What does not fit the context is shortened.
    contextTokens: experiment.preset.model.contextTokens,
    distillation: { ...experiment.preset.knowledgeDistillation },
    mask: { ...experiment.preset.mask },
    qualityUsers: experiment.preset.qualityUsers,
    ...teacherInputs(experiment),
    seed: experiment.seed,
  }),
  codec: instructionsCodec(),
  compute: async (experiment) => {
    const data = await dataStage.read(experiment);
    const similar = await neighbourStage.read(experiment);
    const source = await promptSourceOf(experiment);
    const counter = await openTokenCounter(experiment);
    try {
      const teachers = await teachersOf(experiment, source);
      const { tuningUsers, unseenUsers } = splitUsers(experiment, data, teachers);
      const showing = showingOf(experiment, counter.countTokens);
      const made = distillationExamples({ experiment, data, source, teachers }, tuningUsers, showing);
      const targets = dialogueTargets(tuningUsers, data).slice(0, experiment.preset.mask.users);
      const allowed = restrictedTo(similar.neighbours, new Set(tuningUsers));
      const plans = dialoguePlans(experiment, data, similar, targets, allowed);
      return { tuningUsers, unseenUsers, plans, ...made, teacherNote: teachers.user.note };
    } finally {
      await counter.dispose();
    }
  },
});

/** Who may be tuned on: unseen users are drawn first, by seed, among those with a history that the teacher knows. */
function splitUsers(
  experiment: Experiment,
  data: PreparedData,
  teachers: Teachers,
): { readonly tuningUsers: readonly number[]; readonly unseenUsers: readonly number[] } {
  const { teacher, prompts } = experiment.preset;
  const { leastItems = 3 } = prompts;
  // A file may know few of the users, the rules know all.
  const isTaught = (user: number): boolean =>
    teacher === undefined || teachers.user.profileOf(user, data.histories[user]!) !== undefined;
  const able = data.histories.flatMap((history, user) =>
    history.length >= leastItems && isTaught(user) ? [user] : [],
  );
  const order = shuffled(able, prngOf(experiment.seed, "tuning users"));
  const unseen = Math.min(experiment.preset.qualityUsers, Math.floor(order.length / 2));
  return { unseenUsers: order.slice(0, unseen).sort((a, b) => a - b), tuningUsers: order.slice(unseen) };
}

/** Neighbours without the users that tuning must not see; freed places are -1. */
export function restrictedTo(neighbours: Neighbours, allowed: ReadonlySet<number>): Neighbours {
  return { ...neighbours, users: neighbours.users.map((user) => (allowed.has(user) ? user : -1)) };
}

/** What examples are made from. */
interface Lesson {
  readonly experiment: Experiment;
  readonly data: PreparedData;
  readonly source: PromptSource;
  readonly teachers: Teachers;
}

function distillationExamples(
  lesson: Lesson,
  tuningUsers: readonly number[],
  showing: Showing,
): Pick<Instructions, "distillation" | "unable"> {
  const { experiment, source, teachers } = lesson;
  const { users, items } = experiment.preset.knowledgeDistillation;
  const heldOutUsers = Math.max(2, Math.floor(users / 8));
  const fromUsers = userExamples(source, teachers.user, tuningUsers.slice(0, users + heldOutUsers), showing);
  const fromItems = itemExamples(lesson, new Set(tuningUsers), items);
  checkTaught(teachers.user, "users", users, fromUsers.examples.length - heldOutUsers);
  checkTaught(teachers.item, "items", items, fromItems.examples.length);
  const examples = shuffled(
    [...fromUsers.examples.slice(heldOutUsers), ...fromItems.examples],
    prngOf(experiment.seed, "distillation order"),
  );
  return {
    distillation: { examples, heldOut: fromUsers.examples.slice(0, heldOutUsers) },
    unable: [...fromUsers.unable, ...fromItems.unable],
  };
}

/** What the rules (`rulesTeacher`, `rulesItemTeacher`) must know to write a whole profile. */
const rulesNeed = {
  users: "two categories among the items a user likes, or one and years",
  items: "three categories of an item, or one and its year",
} as const;

/** Without an example the model would be asked, hours later, for what it was never taught. */
function checkTaught(
  { name }: Pick<UserTeacher, "name">,
  side: keyof typeof rulesNeed,
  wanted: number,
  made: number,
): void {
  if (wanted === 0 || made > 0) return;
  const advice = name === "rules" ? `: they need ${rulesNeed[side]}` : "";
  throw new RangeError(`Cannot teach profiles of ${side}: ${name} wrote none that can be shown${advice}`);
}

/** Two thirds of the item examples show users (warm), one third similar items (as if the item were cold). */
function itemExamples(
  { experiment: { seed, preset }, data, source, teachers: { user: userTeacher, item: itemTeacher } }: Lesson,
  users: ReadonlySet<number>,
  count: number,
): { readonly examples: readonly TuningExample[]; readonly unable: Instructions["unable"] } {
  const profileOf = (user: number) => userTeacher.profileOf(user, source.histories[user]!);
  const audience = (item: number): readonly number[] =>
    audienceOf(data.usersOf, item, itemAudience, (user) => users.has(user), seed);
  const taught = data.catalogue.indices().map((item) => {
    const shown = audience(item).flatMap((user) => profileOf(user) ?? []);
    return shown.length > 0 ? itemTeacher.profileOf(item, shown) : undefined;
  });
  const itemProfileOf = (item: number) => taught[item];
  const isTaught = (item: number): boolean => preset.teacher === undefined || taught[item] !== undefined;
  const able = Array.from(data.trainView.warmItems).filter(isTaught);
  const warmItems = shuffled(able, prngOf(seed, "distillation items")).slice(0, count);
  const asCold = warmItems.slice(0, Math.floor(warmItems.length / 3));
  const isWarm = new Set(data.trainView.warmItems);
  const similar = (item: number): readonly number[] =>
    nearestItems(data.itemText, item, itemAudience, (other) => isWarm.has(other) && itemProfileOf(other) !== undefined);
  const warm = warmItemExamples(source, itemTeacher, warmItems.slice(asCold.length), audience, profileOf);
  const cold = coldItemExamples(source, itemTeacher, asCold, similar, itemProfileOf);
  return { examples: [...warm.examples, ...cold.examples], unable: [...warm.unable, ...cold.unable] };
}

// JSON has no typed arrays: a plan's history is a list on disk.
function instructionsCodec(): StageCodec<Instructions> {
  return {
    save: (folder, made) => {
      const plans = made.plans.plans.map((plan) => ({ ...plan, history: Array.from(plan.history) }));
      const listed = { ...made, plans: { ...made.plans, plans } };
      return writeJson(join(folder, "instructions.json"), JSON.parse(JSON.stringify(listed)) as Json);
    },
    load: async (folder) => {
      const made = (await readJson(join(folder, "instructions.json"))) as unknown as Instructions;
      const plans = made.plans.plans.map((plan) => ({ ...plan, history: Int32Array.from(plan.history) }));
      return { ...made, plans: { ...made.plans, plans } };
    },
  };
}
