import { profileText, type Profile } from "../data";
import type { Message } from "../llm/chat";
import {
  coldItemPrompt,
  distillationPrompt,
  fitted,
  profiledUsers,
  twoTurnDialogue,
  warmItemPrompt,
  type CountTokens,
  type DialoguePlan,
  type HistoryLimits,
  type PromptSource,
} from "../prompts";
import type { ItemTeacher, UserTeacher } from "./teacher";

/** A dialogue to tune on; the loss is taken on its assistant messages. */
export interface TuningExample {
  /** Unique within a training set: "user 12", "item 40", "cold item 40", "dialogue 12". */
  readonly id: string;
  readonly kind: "user" | "item" | "dialogue";
  readonly messages: readonly Message[];
}

/** Examples with those that could not be made, and why. */
export interface Examples {
  readonly examples: readonly TuningExample[];
  readonly unable: readonly { readonly id: string; readonly reason: string }[];
}

/** The most tokens a whole example may have, and who counts them. */
export interface TokenBudget {
  readonly tokens: number;
  readonly countTokens: CountTokens;
}

/** How histories are shown: the items a list may have and, if given, the budget that may shorten it. */
export interface Showing {
  readonly limits: HistoryLimits;
  readonly budget?: TokenBudget;
}

/** Knowledge distillation, user side (Figure 5): a user's own history in, the teacher's profile out. */
export function userExamples(
  source: PromptSource,
  teacher: UserTeacher,
  users: readonly number[],
  showing: Showing,
): Examples {
  return collected(users, (user) => {
    const id = `user ${user}`;
    const history = source.histories[user]!;
    const profile = history.length > 0 ? teacher.profileOf(user, history) : undefined;
    if (!profile) return { id, reason: history.length > 0 ? "the teacher has no profile" : "no training history" };
    const answer = answerOf(profile, "user");
    const write = (limits: HistoryLimits): Message[] => [
      distillationPrompt(source, history, limits.targetItems),
      answer,
    ];
    return {
      id,
      kind: "user",
      messages: shown({ ...showing, limits: { ...showing.limits, neighbourItems: 1 } }, write),
    };
  });
}

/**
 * Knowledge distillation, item side, warm (Figure 8): an item's text and profiles of its users in, the item teacher's profile
 * out. `audienceOf` gives the users to show, `profileOf` their profiles; users without one are passed over.
 */
export function warmItemExamples(
  source: PromptSource,
  teacher: ItemTeacher,
  items: readonly number[],
  audienceOf: (item: number) => readonly number[],
  profileOf: (user: number) => Profile | undefined,
): Examples {
  return collected(items, (item) => {
    const id = `item ${item}`;
    const profiles = audienceOf(item).map(profileOf).filter(isDefined);
    if (profiles.length === 0) return { id, reason: "no interacting user has a profile" };
    const profile = teacher.profileOf(item, profiles);
    if (!profile) return { id, reason: "the teacher has no profile" };
    return { id, kind: "item", messages: [warmItemPrompt(source, item, profiles), answerOf(profile, "item")] };
  });
}

/** The same, cold: similar items' texts and profiles in; tuned on warm items that are treated as if nobody knew them. */
export function coldItemExamples(
  source: PromptSource,
  teacher: ItemTeacher,
  items: readonly number[],
  similarOf: (item: number) => readonly number[],
  itemProfileOf: (item: number) => Profile | undefined,
): Examples {
  return collected(items, (item) => {
    const id = `cold item ${item}`;
    const similar = similarItems(similarOf(item), itemProfileOf);
    if (similar.length === 0) return { id, reason: "no similar item has a profile" };
    const profile = teacher.profileOf(
      item,
      similar.map(({ profile: { interests } }) => ({ identity: [], interests })),
    );
    if (!profile) return { id, reason: "the teacher has no profile" };
    return { id, kind: "item", messages: [coldItemPrompt(source, item, similar), answerOf(profile, "item")] };
  });
}

/** The items of a list that have a profile, with it. */
export function similarItems(
  items: readonly number[],
  profileOf: (item: number) => Profile | undefined,
): { readonly item: number; readonly profile: Profile }[] {
  return items.flatMap((item) => {
    const profile = profileOf(item);
    return profile ? [{ item, profile }] : [];
  });
}

/**
 * Two-turn dialogues (Eq. 3-4). `profileOf(user, history)` writes the profiles of the first turn: for the target it is given
 * the history without the candidate, for neighbours their training history. The paper has them written by the distilled model
 * (ask it with `distillationPrompt` over the same histories); a teacher's `profileOf` serves too.
 */
export function dialogueExamples(
  source: PromptSource,
  plans: readonly DialoguePlan[],
  profileOf: (user: number, history: ArrayLike<number>) => Profile | undefined,
  showing: Showing,
): Examples {
  return collected(plans, (plan) => {
    const id = `dialogue ${plan.target}`;
    const written = profiledUsers(plan).map((user) =>
      profileOf(user, user === plan.target ? plan.history : source.histories[user]!),
    );
    const profiles = written.filter(isDefined);
    if (profiles.length < written.length) return { id, reason: "a user of the first turn has no profile" };
    const write = (limits: HistoryLimits): readonly Message[] => twoTurnDialogue(source, plan, profiles, limits);
    return { id, kind: "dialogue", messages: shown(showing, write) };
  });
}

function shown(showing: Showing, write: (limits: HistoryLimits) => readonly Message[]): readonly Message[] {
  const { limits, budget } = showing;
  return budget ? fitted(write, limits, budget.tokens, budget.countTokens).messages : write(limits);
}

type Made = TuningExample | { readonly id: string; readonly reason: string };

function collected<T>(from: readonly T[], make: (entry: T) => Made): Examples {
  const made = from.map(make);
  return {
    examples: made.filter((entry): entry is TuningExample => "messages" in entry),
    unable: made.filter((entry): entry is { id: string; reason: string } => "reason" in entry),
  };
}

function answerOf(profile: Profile, side: "user" | "item"): Message {
  return { role: "assistant", content: profileText(profile, side) };
}

function isDefined<T>(value: T | undefined): value is T {
  return value !== undefined;
}
