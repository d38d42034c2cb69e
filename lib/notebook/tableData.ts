/** A cell: a number is right-aligned and formatted; `{ mean, sd }` is shown as mean ± sd; absent values as a dash. */
export type Cell =
  string | number | boolean | bigint | null | undefined | { readonly mean: number; readonly sd?: number };

/** Plain rows, one object each. */
export type Row = Readonly<Record<string, unknown>>;

/** What is used of an Arrow table. */
export interface ArrowLike {
  readonly schema: { readonly fields: readonly { readonly name: string }[] };
  readonly numRows: number;
  getChild(name: string): { get(row: number): unknown } | null;
}

/** What is used of a danfo frame. */
export interface FrameLike {
  readonly columns: readonly string[];
  readonly values: unknown;
  readonly shape: readonly number[];
}

/** Anything that `table` and `toDanfo` read. */
export type Tabular = readonly Row[] | ArrowLike | FrameLike;

/** Columns and the first rows of a table. */
export interface Grid {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
  /** Rows of the whole table. */
  readonly total: number;
}

/** The first `limit` rows of anything tabular. */
export function gridOf(source: Tabular, limit: number): Grid {
  if (Array.isArray(source)) return gridOfRows(source as readonly Row[], limit);
  if ("schema" in source) return gridOfArrow(source, limit);
  if ("columns" in source && "values" in source) {
    const rows = source.values as readonly unknown[];
    const table = rows.map((row) => (Array.isArray(row) ? (row as readonly unknown[]) : [row]));
    return { columns: source.columns, rows: table.slice(0, limit), total: table.length };
  }
  throw new TypeError("Cannot show a table: it is neither rows, nor an Arrow table, nor a danfo frame");
}

function gridOfRows(rows: readonly Row[], limit: number): Grid {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return { columns, rows: rows.slice(0, limit).map((row) => columns.map((name) => row[name])), total: rows.length };
}

function gridOfArrow(table: ArrowLike, limit: number): Grid {
  const columns = table.schema.fields.map(({ name }) => name);
  const vectors = columns.map((name) => table.getChild(name));
  const shown = Math.min(limit, table.numRows);
  const rows = Array.from({ length: shown }, (_, r) => vectors.map((vector) => vector?.get(r)));
  return { columns, rows, total: table.numRows };
}
