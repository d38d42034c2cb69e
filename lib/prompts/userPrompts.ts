import type { Message } from "../llm/chat";
import { shownItems } from "./history";
import { itemLine, type PromptSource } from "./source";
import { statisticsLine, tasteOf } from "./taste";

/** How many items of each kind of history a prompt shows. */
export interface HistoryLimits {
  readonly targetItems: number;
  readonly neighbourItems: number;
}

/** The answer format of user profiles, word for word the paper's (Figures 5 to 7). */
export const userFormat =
  "User identity: [Identity 1], [Identity 2], [Identity 3]; User interests: [Interest 1], [Interest 2], [Interest 3].";

/** One user's shown items, newest first, and the statistics of the whole history given. */
export function historyLines(
  source: PromptSource,
  history: ArrayLike<number>,
  shown: readonly number[],
): readonly string[] {
  const lines = shown.map((item) => `- ${itemLine(source.items.item(item))}`);
  return [...lines, statisticsLine(tasteOf(history, source.items, source.background), source.words)];
}

/**
 * The knowledge-distillation prompt (Figure 5): one user's history, nothing of other users; the instruction stands last.
 * The history may be any part of the user's training items, such as all but a candidate.
 */
export function distillationPrompt(source: PromptSource, history: ArrayLike<number>, itemCount: number): Message {
  if (history.length === 0) throw new RangeError("Cannot write a profile prompt: the history is empty");
  const { items } = source.words;
  const lines = historyLines(source, history, shownItems(history, itemCount));
  return {
    role: "user",
    content: [
      `The ${items} that a user liked, newest first:`,
      ...lines,
      `Write the profile of this user in exactly this form: ${userFormat}`,
    ].join("\n"),
  };
}
