import { extname } from "node:path";
import { DataType, type Vector } from "apache-arrow";
import { InputError, messageOf } from "../core";
import { readArrowOrStream } from "./arrowFile";
import { fileLiteral, withRawDatabase } from "./raw/duckDb";
import type { TextRow } from "./textRows";

/** Whether a file is Parquet or Arrow by its name: `.parquet`, `.arrow`, `.arrows`, `.feather`, `.ipc`. */
export function isColumnar(file: string): boolean {
  return /^\.(parquet|arrows?|feather|ipc)$/.test(extname(file).toLowerCase());
}

/**
 * Some columns of a Parquet file (by DuckDB) or an Arrow IPC file or stream, as texts like those of a delimited file; `line` counts
 * rows from 1. Timestamps and dates become seconds since 1970, lists are joined by `separator` without
 * their nulls, other nulls are "".
 *
 * Throws an InputError with the file for a column that is not there and for a cut Arrow file, a MissingInputError for no file, a
 * SyntaxError for a file that is none of these.
 */
export async function readColumnar(
  file: string,
  columns: readonly string[],
  separator: string,
): Promise<readonly TextRow[]> {
  if (extname(file).toLowerCase() === ".parquet") return parquetRows(file, columns, separator);
  return arrowRows(file, columns, separator);
}

async function parquetRows(file: string, columns: readonly string[], separator: string): Promise<readonly TextRow[]> {
  // Else a folder named `year=1900` stands in the place of the file's own column.
  const source = `read_parquet(${await fileLiteral(file)}, hive_partitioning = false)`;
  const rows: TextRow[] = [];
  const types = new Map<string, string>();
  await withRawDatabase({}, {}, async (database) => {
    try {
      await database.visit("columns", `DESCRIBE SELECT * FROM ${source}`, ([name, type]) => {
        types.set(String(name), String(type));
      });
    } catch (error) {
      throw new SyntaxError(`Cannot read ${file}: ${messageOf(error)}`, { cause: error });
    }
    const cells = columns.map((column) => {
      const type = types.get(column);
      if (type === undefined) throw missing(file, column, [...types.keys()]);
      return textOf(`"${column.replaceAll('"', '""')}"`, type, separator);
    });
    await database.visit("rows", `SELECT ${cells.join(", ")} FROM ${source}`, (row) => {
      rows.push({ line: rows.length + 1, fields: row.map((cell) => (cell === null ? "" : String(cell))) });
    });
  });
  return rows;
}

function textOf(column: string, type: string, separator: string): string {
  if (type.endsWith("[]")) return `array_to_string(${column}, '${separator.replaceAll("'", "''")}')`;
  if (/^(TIMESTAMP|DATE)/.test(type)) return `epoch(${column})::VARCHAR`;
  return `${column}::VARCHAR`;
}

async function arrowRows(file: string, columns: readonly string[], separator: string): Promise<readonly TextRow[]> {
  const { table } = await readArrowOrStream(file);
  const vectors = columns.map((column) => {
    const vector = table.getChild(column);
    if (vector) return vector;
    throw missing(
      file,
      column,
      table.schema.fields.map(({ name }) => name),
    );
  });
  return Array.from({ length: table.numRows }, (_, row) => {
    return { line: row + 1, fields: vectors.map((vector) => cellText(vector, row, separator)) };
  });
}

function cellText(vector: Vector, row: number, separator: string): string {
  const value: unknown = vector.get(row);
  if (value === null || value === undefined) return "";
  if (isListed(vector.type)) {
    const entries = Array.from(value as Iterable<unknown>);
    return entries.filter((entry) => entry !== null && entry !== undefined).join(separator);
  }
  // apache-arrow gives both in milliseconds, whatever their unit.
  if (DataType.isTimestamp(vector.type) || DataType.isDate(vector.type)) return String(Number(value) / 1000);
  return String(value as string | number | bigint | boolean);
}

function isListed(type: DataType): boolean {
  return DataType.isList(type) || DataType.isFixedSizeList(type) || DataType.isLargeList(type);
}

function missing(file: string, column: string, names: readonly string[]): InputError {
  return new InputError(file, 1, "header", `column "${column}" is not among ${JSON.stringify(names)}`);
}
