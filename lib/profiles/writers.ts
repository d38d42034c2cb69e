import type { JobControl } from "../core";
import type { Profile, ProfileSet } from "../data";
import type { Message } from "../llm/chat";
import { coldItemPrompt, readProfile, warmItemPrompt, type PromptSource } from "../prompts";
import type { AskAll, AskedAnswer } from "./ask";
import { similarItems } from "./examples";

/** What a model wrote for one user or item, at its last attempt. */
export interface WrittenAnswer {
  /** User or item index. */
  readonly index: number;
  readonly text: string;
  readonly finish: AskedAnswer["finish"];
  /** 1 for the first sample. */
  readonly attempts: number;
  /** What `readProfile` found lacking. */
  readonly missing: readonly string[];
  /** The first sample's strict format: retries do not embellish the share in format. */
  readonly completeAtFirst: boolean;
}

/** Written profiles with every answer behind them. */
export interface WrittenProfiles {
  readonly set: ProfileSet;
  readonly answers: readonly WrittenAnswer[];
  /** Asked for, but no answer was usable: their profile is undefined, never a teacher's. */
  readonly unusable: readonly number[];
  /** Not asked for, since nothing could be shown. */
  readonly unasked: readonly number[];
}

/** Who is asked: unusable answers of the first are asked again of the next, which should differ in its sampling seed. */
export type Asks = readonly [AskAll, ...AskAll[]];

/** A profile to be written. */
interface Order {
  readonly index: number;
  readonly messages: readonly Message[];
}

/** Whose profiles are written, from which prompts, and by whom. */
export interface UserWriting {
  /** For tables and captions: "GPT_KD". */
  readonly writer: string;
  /** How many users there are; profiles of those not in `users` stay undefined. */
  readonly total: number;
  readonly users: readonly number[];
  /** The prompt of a user, or undefined where there is nothing to show. */
  readonly promptOf: (user: number) => readonly Message[] | undefined;
  readonly asks: Asks;
}

/**
 * User profiles written by a language model. An answer is usable when `readProfile` finds a term in each half; others are
 * sampled again once per further entry of `asks`, then counted and left undefined. What stands in for a missing profile (a
 * zero vector) is the business of whoever fuses embeddings.
 */
export async function writeUserProfiles(writing: UserWriting, control?: JobControl): Promise<WrittenProfiles> {
  const orders: Order[] = [];
  const unasked: number[] = [];
  for (const user of writing.users) {
    const messages = writing.promptOf(user);
    if (messages) orders.push({ index: user, messages });
    else unasked.push(user);
  }
  const profiles = new Array<Profile | undefined>(writing.total).fill(undefined);
  const answers = await written(orders, "user", profiles, writing.asks, control);
  return result("user", writing.writer, profiles, answers, unasked);
}

/** Which items' profiles are written, from whose profiles and which similar items, and by whom. */
export interface ItemWriting {
  readonly writer: string;
  readonly source: PromptSource;
  readonly items: readonly number[];
  /** Users to show for a warm item; none for a cold one. */
  readonly audienceOf: (item: number) => readonly number[];
  readonly userProfiles: ProfileSet;
  /** Similar items to show for a cold item, nearest first, among those that have a profile by then. */
  readonly similarOf: (item: number, hasProfile: (other: number) => boolean) => readonly number[];
  readonly asks: Asks;
}

/**
 * Item profiles written by a language model in two phases (Figure 8): warm items from the profiles of users who interacted
 * with them, then cold items (no such profile) from the nearest items that the first phase wrote. Unusable answers as for
 * users; a warm item whose answers were unusable is not passed to the second phase.
 */
export async function writeItemProfiles(writing: ItemWriting, control?: JobControl): Promise<WrittenProfiles> {
  const { source, items, userProfiles, asks } = writing;
  const profiles = new Array<Profile | undefined>(source.items.size).fill(undefined);
  const warm: Order[] = [];
  const rest: number[] = [];
  for (const item of items) {
    const shown = writing.audienceOf(item).flatMap((user) => userProfiles.profiles[user] ?? []);
    if (shown.length > 0) warm.push({ index: item, messages: [warmItemPrompt(source, item, shown)] });
    else rest.push(item);
  }
  const warmAnswers = await written(warm, "item", profiles, asks, control);
  const warmProfiles = profiles.slice();
  const cold: Order[] = [];
  const unasked: number[] = [];
  for (const item of rest) {
    const near = writing.similarOf(item, (other) => warmProfiles[other] !== undefined);
    const similar = similarItems(near, (other) => warmProfiles[other]);
    if (similar.length > 0) cold.push({ index: item, messages: [coldItemPrompt(source, item, similar)] });
    else unasked.push(item);
  }
  const coldAnswers = await written(cold, "item", profiles, asks, control);
  return result("item", writing.writer, profiles, [...warmAnswers, ...coldAnswers], unasked);
}

/** Asks, fills `profiles`, and gives the last answer of every order. */
async function written(
  orders: readonly Order[],
  side: "user" | "item",
  profiles: (Profile | undefined)[],
  asks: Asks,
  control: JobControl | undefined,
): Promise<readonly WrittenAnswer[]> {
  const answers = new Map<number, WrittenAnswer>();
  let open = orders;
  for (const [attempt, ask] of asks.entries()) {
    if (open.length === 0) break;
    control?.signal?.throwIfAborted();
    const texts = await ask(
      open.map((order) => order.messages),
      control,
    );
    if (texts.length !== open.length) {
      throw new RangeError(`Cannot read profiles: ${open.length} dialogues were asked, ${texts.length} answers came`);
    }
    open.forEach(({ index }, at) => {
      const { text, finish } = texts[at]!;
      const read = readProfile(text, side);
      const completeAtFirst = answers.get(index)?.completeAtFirst ?? read.complete;
      if (read.profile) profiles[index] = read.profile;
      answers.set(index, { index, text, finish, attempts: attempt + 1, missing: read.missing, completeAtFirst });
    });
    open = open.filter(({ index }) => profiles[index] === undefined);
  }
  return orders.map(({ index }) => answers.get(index)!);
}

function result(
  side: "user" | "item",
  writer: string,
  profiles: readonly (Profile | undefined)[],
  answers: readonly WrittenAnswer[],
  unasked: readonly number[],
): WrittenProfiles {
  const unusable = answers.map(({ index }) => index).filter((index) => profiles[index] === undefined);
  return { set: { side, writer, profiles }, answers, unusable, unasked };
}
