// Departures from the authors' texts: users are called User 1, User 2, ... (the target is User 1) instead of by their ids; an
// item's text stands beside it in the lists instead of in a second list; each list ends with a line of statistics; profiles
// are listed without the users' names, target first, so that a dialogue's first line and a single profile look alike.
import { profileText, type Profile } from "../data";
import type { Message } from "../llm/chat";
import { shownItems, shownWith } from "./history";
import { profiledUsers, type DialoguePlan } from "./plans";
import { itemLine, type PromptSource } from "./source";
import { historyLines, userFormat, type HistoryLimits } from "./userPrompts";
import type { Words } from "./words";

/** The system prompt of every prompt that shows similar users. */
export function systemPrompt({ items }: Words): Message {
  return {
    role: "system",
    content:
      `You recommend ${items} by collaborative filtering: users who liked the same ${items} tend to like the same ${items} again. ` +
      "First you write profiles of users, then you may be asked whether a user will like an item.",
  };
}

/** Whose histories a prompt shows beside the target's. */
export interface Group {
  /** The target's items, oldest first. */
  readonly history: ArrayLike<number>;
  /** Users, nearest first. */
  readonly neighbours: readonly number[];
  /** An item that every neighbour who has it must show. */
  readonly candidate?: number;
}

function groupLines(source: PromptSource, group: Group, limits: HistoryLimits): string[] {
  if (group.history.length === 0) throw new RangeError("Cannot write a prompt: the target's history is empty");
  const { items } = source.words;
  const blocks = group.neighbours.map((user, at) => {
    const history = source.histories[user]!;
    const shown = shownWith(history, limits.neighbourItems, group.candidate);
    return [`User ${at + 2}, a similar user, liked:`, ...historyLines(source, history, shown)];
  });
  const shown = shownItems(group.history, limits.targetItems);
  return [
    `The ${items} that users liked, newest first.`,
    "User 1 liked:",
    ...historyLines(source, group.history, shown),
    ...blocks.flat(),
  ];
}

/**
 * The first turn (Figure 6): the histories of the target and of similar users; asks for all their profiles, or for the target's
 * alone in the words of `userProfilePrompt`.
 */
export function firstTurn(source: PromptSource, plan: DialoguePlan, limits: HistoryLimits): Message {
  const lines = groupLines(source, plan, limits);
  if (plan.asksFor === "target") return { role: "user", content: [...lines, askForTarget].join("\n") };
  const ask = `Write the profiles of User 1 to User ${plan.neighbours.length + 1}, one line each, in exactly this form: ${userFormat}`;
  return { role: "user", content: [...lines, ask].join("\n") };
}

const askForTarget = `Write the profile of User 1 in exactly this form: ${userFormat}`;

/** The second turn (Eq. 4): will the target like the candidate? */
export function secondTurn(source: PromptSource, candidate: number): Message {
  return {
    role: "user",
    content: `Will User 1 like this ${source.words.item}: ${itemLine(source.items.item(candidate))}? Answer Yes or No only.`,
  };
}

/**
 * A whole two-turn dialogue with its answers (Eq. 3-4): the profiles of `profiledUsers(plan)` in order, then Yes or No.
 * The target's profile must come from `plan.history`, which lacks the candidate.
 */
export function twoTurnDialogue(
  source: PromptSource,
  plan: DialoguePlan,
  profiles: readonly Profile[],
  limits: HistoryLimits,
): readonly Message[] {
  const needed = profiledUsers(plan).length;
  if (profiles.length !== needed) {
    throw new RangeError(
      `Cannot write the dialogue of user ${plan.target}: ${needed} profiles are needed, ${profiles.length} given`,
    );
  }
  return [
    systemPrompt(source.words),
    firstTurn(source, plan, limits),
    { role: "assistant", content: profiles.map((profile) => profileText(profile, "user")).join("\n") },
    secondTurn(source, plan.candidate),
    { role: "assistant", content: plan.answer },
  ];
}

/** The user profile prompt (Figure 7, Eq. 5): the same information as a first turn, the profile of the target only. */
export function userProfilePrompt(source: PromptSource, group: Group, limits: HistoryLimits): readonly Message[] {
  return [
    systemPrompt(source.words),
    { role: "user", content: [...groupLines(source, group, limits), askForTarget].join("\n") },
  ];
}
