import type { CatalogueItem } from "../data";
import { normalised } from "./normalised";

/** Who reads or likes, and words without a subject: no topic of an item. */
const noTopics = new Set(
  (
    "fan lover enthusiast reader viewer buyer watcher follower supporter critic buff seeker addict person user people related interest " +
    "interested about after before best every first from have here into like likely more most much news other over some such than " +
    "that their them these they this those under very what when where which while will with without your"
  ).split(" "),
);

const leastLetters = 4;

/** A word as topics are compared: without the ending of a plural; undefined for one that is too short or names no topic. */
export function topicOf(word: string): string | undefined {
  if (word.length < leastLetters || /^\d+$/u.test(word)) return undefined;
  const stem = word.length > leastLetters && /[^s]s$/u.test(word) ? word.slice(0, -1) : word;
  return noTopics.has(stem) ? undefined : stem;
}

/**
 * The subjects that an item's title and categories name, word by word, for data whose titles are headlines or descriptions ("Men's
 * Soccer Bows Out", "Soccer shoes"): there a term such as "Soccer fan" names a word of a title where no category says it.
 */
export function topicsOf({ title, categories }: Pick<CatalogueItem, "title" | "categories">): ReadonlySet<string> {
  const words = [title, ...categories].flatMap((text) => normalised(text).split(" "));
  return new Set(words.flatMap((word) => topicOf(word) ?? []));
}
