import type { Profile } from "../data";
import { eraOf, plainTitle, type PromptSource } from "../prompts";
import { normalised } from "./normalised";
import { topicOf, topicsOf } from "./topics";

/** Something that a term says of items and that metadata can confirm: "category comedy", "era late 1990s", "title fargo", "topic soccer". */
export type Fact = string;

/** What terms may speak of: the facts of every item, and how to find them in words. */
export interface FactIndex {
  /** [I] */
  readonly ofItem: readonly ReadonlySet<Fact>[];
  /** Words of a category, an era, a year or a popularity band -> the fact. */
  readonly phrases: ReadonlyMap<string, Fact>;
  readonly titles: ReadonlyMap<string, Fact>;
  /** Subjects named by titles and categories (`topicsOf`) -> the fact; none where items have years, whose titles are names. */
  readonly topics: ReadonlyMap<string, Fact>;
}

/** What one term says. */
export interface TermFacts {
  readonly facts: readonly Fact[];
  /** The words after "like", as in "films like Fargo", normalised; whether they are a known title is seen in `facts`. */
  readonly claimedTitle?: string;
}

/**
 * The facts of a catalogue: per item its categories, era, decade ("1990s"), year, popularity band and title. Titles are known
 * with an English article in front, behind ("usual suspects the") and without it; of two items with one name the first counts.
 * Where no item has a year (news, goods), titles are headlines or descriptions and their words are facts too.
 */
export function factIndex({ items, background, words }: PromptSource): FactIndex {
  const phrases = new Map<string, Fact>();
  const titles = new Map<string, Fact>();
  const topics = new Map<string, Fact>();
  const all = Array.from({ length: items.size }, (_, index) => items.item(index));
  const haveYears = all.some(({ year }) => year !== undefined);
  const phrase = (kind: string, name: string): Fact => {
    const key = normalised(name);
    const fact = phrases.get(key) ?? `${kind} ${key}`;
    phrases.set(key, fact);
    return fact;
  };
  const ofItem = all.map((item, index) => {
    const facts = new Set<Fact>(item.categories.map((category) => phrase("category", category)));
    if (item.year !== undefined) {
      facts.add(phrase("era", eraOf(item.year)));
      facts.add(phrase("decade", `${Math.floor(item.year / 10) * 10}s`));
      facts.add(phrase("year", String(item.year)));
    }
    const band = background.bandOf[index]!;
    if (band < 3) facts.add(phrase("band", words.bands[band as 0 | 1 | 2]));
    const title = plainTitle(item);
    const fact = `title ${normalised(title)}`;
    for (const name of titleNames(title)) if (!titles.has(name)) titles.set(name, fact);
    facts.add(fact);
    for (const topic of haveYears ? [] : topicsOf(item)) {
      topics.set(topic, `topic ${topic}`);
      facts.add(`topic ${topic}`);
    }
    return facts;
  });
  return { ofItem, phrases, titles, topics };
}

function titleNames(title: string): readonly string[] {
  const name = normalised(title);
  const article = /^(the|a|an) (.+)$/u.exec(name);
  return article ? [name, article[2]!, `${article[2]} ${article[1]}`] : [name];
}

/**
 * What a term says of items. As a whole ("Some Like It Hot"), or after "like", a title (with or without its year) is looked up
 * exactly. In other terms every category, era, decade, year and band named as whole words counts, the longest phrase first, so that "Late 1990s Film
 * Fan" says "late 1990s" and not "1990s", and "Film-Noir" is not taken apart; of the words that are left, those that are topics.
 */
export function factsOfTerm(term: string, index: FactIndex): TermFacts {
  const whole = index.titles.get(titleKey(term));
  const like = /(?:^|\s)like\s+(.+)$/iu.exec(term);
  if (like) {
    if (whole !== undefined) return { facts: [whole] };
    const claimedTitle = titleKey(like[1]!);
    const fact = index.titles.get(claimedTitle);
    return { facts: fact === undefined ? [] : [fact], claimedTitle };
  }
  // A title says its item, not the words it is made of.
  const facts = factsInWords(normalised(term), whole === undefined ? index : { ...index, topics: new Map() });
  return { facts: facts.length > 0 || whole === undefined ? facts : [whole] };
}

function titleKey(text: string): string {
  return normalised(text.replace(/\s*\(\d{4}\)\s*$/u, ""));
}

function factsInWords(text: string, { phrases, topics }: Pick<FactIndex, "phrases" | "topics">): Fact[] {
  const words = text.split(" ");
  const facts = new Set<Fact>();
  for (let start = 0; start < words.length;) {
    let taken = 1;
    let fact = topics.get(topicOf(words[start]!) ?? "");
    for (let length = Math.min(4, words.length - start); length >= 1; length--) {
      const phrase = phrases.get(words.slice(start, start + length).join(" "));
      if (phrase === undefined) continue;
      fact = phrase;
      taken = length;
      break;
    }
    if (fact !== undefined) facts.add(fact);
    start += taken;
  }
  return Array.from(facts);
}

/** All terms of a profile, identities first. */
export function termsOf({ identity, interests }: Profile): readonly string[] {
  return [...identity, ...interests];
}
