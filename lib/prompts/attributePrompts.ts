// Departures from HKUDS/LLMRec (LLM_augmentation_construct_prompt), whose attributes these are: the wording is ours, a history is cut
// to the preset's length as in every prompt here, and an item is asked for alone instead of in a list of ten.
import type { Message } from "../llm/chat";
import { shownItems } from "./history";
import { itemLine, type PromptSource } from "./source";

/** What LLMRec lets a model guess about a user. */
export const userAttributes = [
  "age",
  "gender",
  "liked genre",
  "disliked genre",
  "liked directors",
  "country",
  "language",
] as const;

/** What LLMRec lets a model tell about an item. */
export const itemAttributes = ["director", "country", "language"] as const;

/**
 * LLMRec's user profile, asked of an untuned model: attributes guessed from the user's own history, nothing of other users.
 *
 * @example userAttributePrompt(source, [3, 7, 1], 6).content // "The films that a user liked, ..."
 */
export function userAttributePrompt(source: PromptSource, history: ArrayLike<number>, itemCount: number): Message {
  if (history.length === 0) throw new RangeError("Cannot write an attribute prompt: the history is empty");
  const lines = shownItems(history, itemCount).map((item) => `- ${itemLine(source.items.item(item))}`);
  const form = userAttributes.map((name) => `'${name}': ...`).join(", ");
  return {
    role: "user",
    content: [
      `The ${source.words.items} that a user liked, newest first:`,
      ...lines,
      `Guess this user's attributes from them, none of them "unknown", and answer in this form alone: {${form}}`,
    ].join("\n"),
  };
}

/** LLMRec's item attributes, from the item's own line. */
export function itemAttributePrompt(source: PromptSource, item: number): Message {
  return {
    role: "user",
    content: [
      `The ${source.words.item}: ${itemLine(source.items.item(item))}`,
      `Tell its ${itemAttributes.join(", ")}, and answer in this form alone: ${itemAttributes.join("::")}`,
    ].join("\n"),
  };
}
