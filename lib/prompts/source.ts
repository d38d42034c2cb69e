import type { CatalogueItem } from "../data";
import type { Histories } from "./history";
import { backgroundOf, type Background, type ItemSource } from "./taste";
import type { Words } from "./words";

/** What every prompt is written from: texts of items, training histories, their base rates, and the nouns. */
export interface PromptSource {
  readonly items: ItemSource;
  readonly histories: Histories;
  readonly background: Background;
  readonly words: Words;
}

/**
 * A prompt source over training histories; base rates are counted here once. Square brackets of categories become round, as
 * those of titles do (`plainTitle`): the answer format needs them for itself.
 */
export function promptSource(items: ItemSource, histories: Histories, words: Words): PromptSource {
  const plain: ItemSource = { size: items.size, item: (index) => plainCategories(items.item(index)) };
  return { items: plain, histories, background: backgroundOf(histories, plain), words };
}

function plainCategories(item: CatalogueItem): CatalogueItem {
  return { ...item, categories: item.categories.map(roundBrackets) };
}

function roundBrackets(text: string): string {
  return text.replace(/\[/g, "(").replace(/\]/g, ")");
}

/** An item in one short line: `Title (Year): a, b`. */
export function itemLine(item: CatalogueItem): string {
  const year = item.year === undefined ? "" : ` (${item.year})`;
  const categories = item.categories.length > 0 ? `: ${item.categories.join(", ")}` : "";
  return `${plainTitle(item)}${year}${categories}`;
}

/** A title on one line without square brackets. Where its article stands is the importer's business (`articleFirst` of data). */
export function plainTitle(item: CatalogueItem): string {
  return roundBrackets(item.title).replace(/\s+/g, " ").trim();
}
