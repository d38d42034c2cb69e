import { Field, Int32, List, Table, Utf8, vectorFromArray, type Schema } from "apache-arrow";

/** One item as people and prompts read it. */
export interface CatalogueItem {
  /** Its name in the data set. */
  readonly id: string;
  readonly title: string;
  readonly year?: number;
  /** Genres of films, category and subcategory of news. */
  readonly categories: readonly string[];
  readonly abstract?: string;
}

/** The items of a data set, in columns; item index = row. */
export class Catalogue {
  private constructor(
    /** Arrow columns id, title, year, categories, abstract. */
    readonly table: Table,
    private readonly items: readonly CatalogueItem[],
  ) {}

  static of(items: readonly CatalogueItem[]): Catalogue {
    const table = new Table({
      id: vectorFromArray(
        items.map((item) => item.id),
        new Utf8(),
      ),
      title: vectorFromArray(
        items.map((item) => item.title),
        new Utf8(),
      ),
      year: vectorFromArray(
        items.map((item) => item.year ?? null),
        new Int32(),
      ),
      categories: vectorFromArray(
        items.map((item) => item.categories),
        new List(new Field("item", new Utf8(), false)),
      ),
      abstract: vectorFromArray(
        items.map((item) => item.abstract ?? null),
        new Utf8(),
      ),
    });
    return new Catalogue(table, items);
  }

  /** From a table with the five columns, such as one read from Arrow IPC; throws a TypeError that names a missing column. */
  static fromTable(table: Table): Catalogue {
    const column = (name: string): { get(row: number): unknown } => {
      const found = table.getChild(name);
      if (!found)
        throw new TypeError(`Cannot read a catalogue: column ${name} is missing from ${columnsText(table.schema)}`);
      return found;
    };
    const [id, title, year, categories, abstract] = ["id", "title", "year", "categories", "abstract"].map(column);
    const items = Array.from({ length: table.numRows }, (_, row): CatalogueItem => {
      const released = year!.get(row) as number | null;
      const about = abstract!.get(row) as string | null;
      return {
        id: String(id!.get(row)),
        title: String(title!.get(row)),
        categories: Array.from(categories!.get(row) as Iterable<string>),
        ...(released === null ? {} : { year: released }),
        ...(about === null ? {} : { abstract: about }),
      };
    });
    return new Catalogue(table, items);
  }

  get size(): number {
    return this.items.length;
  }

  /** 0 .. size - 1 */
  indices(): readonly number[] {
    return Array.from(this.items.keys());
  }

  item(index: number): CatalogueItem {
    const item = this.items[index];
    if (!item) throw new RangeError(`Cannot read item ${index}: the catalogue has ${this.items.length}`);
    return item;
  }

  /** The catalogue of some items, in the order given. */
  select(indices: ArrayLike<number>): Catalogue {
    return Catalogue.of(Array.from(indices, (index) => this.item(index)));
  }
}

function columnsText(schema: Schema): string {
  return schema.fields.map((field) => field.name).join(", ");
}

/**
 * The text that encoders read: "Title (Year). Genres: a, b, c. Abstract"; what is absent is left out.
 *
 * @example itemText({ id: "1", title: "Toy Story", year: 1995, categories: ["Comedy"] }) // "Toy Story (1995). Genres: Comedy."
 */
export function itemText(item: CatalogueItem): string {
  const year = item.year === undefined ? "" : ` (${item.year})`;
  const genres = item.categories.length > 0 ? ` Genres: ${item.categories.join(", ")}.` : "";
  const about = item.abstract ? ` ${item.abstract}` : "";
  return `${item.title}${year}.${genres}${about}`;
}
