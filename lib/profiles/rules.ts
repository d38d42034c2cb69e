import type { CatalogueItem, Profile } from "../data";
import { eraOf, plainTitle, sharedTerms, shownItems, tasteOf, type PromptSource, type Taste } from "../prompts";
import type { ItemTeacher, UserTeacher } from "./teacher";

/** Terms in either half of a profile. */
const termsPerHalf = 3;

/**
 * Profiles by rule from item metadata, in words that stand in the prompt, so that a small student can learn to find them:
 * identities from the most typical category, the era and the popularity band; interests from the second category, a pair of
 * categories, and the newest title.
 *
 * Deterministic. Undefined when metadata do not yield three terms for each half.
 */
export function rulesTeacher(source: PromptSource): UserTeacher {
  return {
    name: "rules",
    note: "Rules over item metadata and training histories; age, sex and occupation are not used.",
    profileOf: (_user, items) => {
      if (items.length === 0) return undefined;
      const taste = tasteOf(items, source.items, source.background);
      const titles = shownItems(items, termsPerHalf).map((item) => plainTitle(source.items.item(item)));
      return threeAndThree(identitiesOf(taste, source), interestsOf(taste, titles, source));
    },
  };
}

function identitiesOf(taste: Taste, { words }: PromptSource): string[] {
  const [first, ...others] = taste.categories.map((category) => `${category} Fan`);
  const era = taste.era === undefined ? [] : [`${taste.era} ${capitalised(words.item)} Fan`];
  const band = taste.band === undefined ? [] : [`${words.bands[taste.band as 0 | 1 | 2]} ${words.person}`];
  return [...(first === undefined ? [] : [first]), ...era, ...band, ...others];
}

function interestsOf(taste: Taste, titles: readonly string[], { words }: PromptSource): string[] {
  const [first, second, third] = taste.categories;
  const likeTitles = titles.map((title) => `${words.items} like ${title}`);
  const terms: string[] = [];
  if (second !== undefined) terms.push(`${second} ${words.items}`);
  if (third !== undefined) terms.push(`${first} and ${third} ${words.items}`);
  terms.push(...likeTitles.slice(0, 1));
  if (first !== undefined) terms.push(`${first} ${words.items}`);
  if (taste.era !== undefined) terms.push(`${taste.era} ${words.items}`);
  return [...terms, ...likeTitles.slice(1)];
}

/**
 * Item profiles by rule: identities from the item's own era and categories; interests are the three terms that the shown
 * profiles share most (`sharedTerms`).
 */
export function rulesItemTeacher(source: PromptSource): ItemTeacher {
  return {
    name: "rules",
    note: "Rules over the item's own metadata and the profiles shown; age, sex and occupation of users are not used.",
    profileOf: (item, shown) => {
      const identities = itemIdentities(source.items.item(item), source);
      return threeAndThree(identities, sharedTerms(shown, source.words));
    },
  };
}

function itemIdentities({ categories, year }: CatalogueItem, { words }: PromptSource): string[] {
  const kinds = categories.map((category) => `${category} ${words.item}`);
  const era = year === undefined ? [] : [`${eraOf(year)} ${words.item}`];
  const dated = year === undefined ? [] : [`${year} ${words.item}`];
  return [...era, ...kinds.slice(0, 2), ...dated, ...kinds.slice(2)];
}

function threeAndThree(identity: readonly string[], interests: readonly string[]): Profile | undefined {
  const profile = { identity: firstDistinct(identity), interests: firstDistinct(interests) };
  const full = profile.identity.length === termsPerHalf && profile.interests.length === termsPerHalf;
  return full ? profile : undefined;
}

function firstDistinct(terms: readonly string[]): string[] {
  return Array.from(new Set(terms)).slice(0, termsPerHalf);
}

function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
