import { profileText, type Profile } from "../data";
import type { Message } from "../llm/chat";
import { itemLine, type PromptSource } from "./source";
import { eraOf } from "./taste";
import type { Words } from "./words";

/** The answer format of item profiles: the user format with the other label, three terms a half (the authors ask for five). */
export const itemFormat =
  "Item identity: [Identity 1], [Identity 2], [Identity 3]; Item interests: [Interest 1], [Interest 2], [Interest 3].";

/** Terms a half, and terms that a statistics line names. */
const sharedCount = 3;

/** Characters of an abstract that a prompt shows. */
const abstractChars = 240;

/**
 * The terms that shown profiles name most often, titles ("films like ...") left out; ties: the one met first.
 *
 * @example sharedTerms([{ identity: ["a"], interests: ["b"] }, { identity: ["b"], interests: ["c"] }], filmWords) // ["b", "a", "c"]
 */
export function sharedTerms(shown: readonly Profile[], words: Words): readonly string[] {
  const counts = new Map<string, number>();
  for (const { identity, interests } of shown) {
    for (const term of [...identity, ...interests]) {
      if (!term.startsWith(`${words.items} like `)) counts.set(term, (counts.get(term) ?? 0) + 1);
    }
  }
  return Array.from(counts)
    .sort((a, b) => b[1] - a[1])
    .slice(0, sharedCount)
    .map(([term]) => term);
}

/** The prompt for a warm item (Figure 8, first phase): its text and the profiles of users who interacted with it. */
export function warmItemPrompt(source: PromptSource, item: number, userProfiles: readonly Profile[]): Message {
  if (userProfiles.length === 0) throw new RangeError(`Cannot write a warm prompt for item ${item}: no user profile`);
  return itemPrompt(
    source,
    item,
    `Profiles of users who liked this ${source.words.item}:`,
    userProfiles.map((profile) => `- ${profileText(profile, "user")}`),
    userProfiles,
  );
}

/** An item that lends its text and profile to the prompt of a cold one. */
export interface SimilarItem {
  readonly item: number;
  readonly profile: Profile;
}

/** The prompt for a cold item (Figure 8, second phase): its text, and similar items with their profiles, nearest first. */
export function coldItemPrompt(source: PromptSource, item: number, similar: readonly SimilarItem[]): Message {
  if (similar.length === 0) throw new RangeError(`Cannot write a cold prompt for item ${item}: no similar item`);
  return itemPrompt(
    source,
    item,
    `Similar ${source.words.items} and their profiles:`,
    similar.map((other) => `- ${itemLine(source.items.item(other.item))}. ${profileText(other.profile, "item")}`),
    similar.map((other) => ({ identity: [], interests: other.profile.interests })),
  );
}

function itemPrompt(
  source: PromptSource,
  item: number,
  heading: string,
  lines: readonly string[],
  audience: readonly Profile[],
): Message {
  const { abstract } = source.items.item(item);
  const about = abstract ? [`About: ${abstract.replace(/\s+/g, " ").slice(0, abstractChars).trim()}`] : [];
  return {
    role: "user",
    content: [
      `The ${source.words.item}: ${itemLine(source.items.item(item))}`,
      ...about,
      heading,
      ...lines,
      itemStatistics(source, item, audience),
      `Write the profile of this ${source.words.item} in exactly this form: ${itemFormat}`,
    ].join("\n"),
  };
}

/** One line of the item's own facts and of what its audience shares; it hands over part of the answer, as the users' line does. */
function itemStatistics(source: PromptSource, item: number, audience: readonly Profile[]): string {
  const { categories, year } = source.items.item(item);
  const { words } = source;
  const parts: string[] = [];
  if (year !== undefined) parts.push(`era ${eraOf(year)}`);
  if (categories.length > 0) parts.push(`${words.categories} ${categories.slice(0, sharedCount).join(", ")}`);
  parts.push(`liked by ${sharedTerms(audience, words).join(", ")}`);
  return `Statistics: ${parts.join("; ")}.`;
}
