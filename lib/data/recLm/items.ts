import { Catalogue, type CatalogueItem } from "../catalogue";
import type { PickleValue } from "../pickle";
import { contentError, readDict, wholeNumber } from "./mappings";

/** The items of a clone: index = place of the global id among all ids, ascending. */
export interface CloneItems {
  readonly catalogue: Catalogue;
  /** Item index of a global id; throws a SyntaxError that names the file which knows a further one. */
  indexOf(file: string, id: number): number;
}

/**
 * The catalogue of `item_info_dict.pkl`: MIND's items have category and subcategory, title and abstract, Netflix' year and title.
 * White space is brought onto one line, titles are otherwise left as they are.
 */
export async function readCloneItems(file: string): Promise<CloneItems> {
  const entries: [number, CatalogueItem][] = [];
  for (const [key, value] of await readDict(file)) {
    const id = wholeNumber(file, "key", key);
    entries.push([id, itemOf(file, id, value)]);
  }
  entries.sort(([a], [b]) => a - b);
  return itemsOf(
    entries.map(([id]) => id),
    Catalogue.of(entries.map(([, item]) => item)),
  );
}

/** Items of which only ids are known, ascending: "Item 12". */
export function namelessItems(ids: Iterable<number>): CloneItems {
  const ascending = [...new Set(ids)].sort((a, b) => a - b);
  const named = ascending.map((id): CatalogueItem => ({ id: String(id), title: `Item ${id}`, categories: [] }));
  return itemsOf(ascending, Catalogue.of(named));
}

function itemsOf(ids: readonly number[], catalogue: Catalogue): CloneItems {
  const index = new Map(ids.map((id, at) => [id, at]));
  const indexOf = (file: string, id: number): number => {
    const found = index.get(id);
    if (found === undefined) throw contentError(file, `item ${id}`, "it is not in the catalogue");
    return found;
  };
  return { catalogue, indexOf };
}

function itemOf(file: string, id: number, value: PickleValue): CatalogueItem {
  const place = `item ${id}`;
  if (!(value instanceof Map)) throw contentError(file, place, "it is no dict");
  const fields: ReadonlyMap<string, PickleValue> = value;
  const text = (name: string): string => {
    const found = fields.get(name) ?? "";
    if (typeof found !== "string") throw contentError(file, place, `its ${name} is no text`);
    return found.replace(/\s+/g, " ").trim();
  };
  const title = text("title");
  if (title === "") throw contentError(file, place, "its title is empty");
  const categories = [text("cate"), text("sub_cate")].filter((name) => name !== "");
  const abstract = text("abstract");
  const year = fields.get("year") ?? null;
  return {
    id: String(id),
    title,
    categories,
    ...(year === null ? {} : { year: wholeNumber(file, place, year) }),
    ...(abstract === "" ? {} : { abstract }),
  };
}
