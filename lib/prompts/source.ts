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

/** A prompt source over training histories; base rates are counted here once. */
export function promptSource(items: ItemSource, histories: Histories, words: Words): PromptSource {
  return { items, histories, background: backgroundOf(histories, items), words };
}

/** An item in one short line: `Title (Year): a, b`. Brackets, which the answer format needs for itself, become round. */
export function itemLine(item: CatalogueItem): string {
  const year = item.year === undefined ? "" : ` (${item.year})`;
  const categories = item.categories.length > 0 ? `: ${item.categories.join(", ")}` : "";
  return `${plainTitle(item)}${year}${categories}`;
}

/** A title on one line without square brackets. Where its article stands is the importer's business (`articleFirst` of data). */
export function plainTitle(item: CatalogueItem): string {
  return item.title.replace(/\[/g, "(").replace(/\]/g, ")").replace(/\s+/g, " ").trim();
}
