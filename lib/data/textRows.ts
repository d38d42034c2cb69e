import { readFile } from "node:fs/promises";
import { InputError } from "../core";

/** One row of a delimited file, with its line for messages. */
export interface TextRow {
  readonly line: number;
  readonly fields: readonly string[];
}

/** How a file's rows are divided. */
export interface Delimited {
  readonly delimiter: string;
  /** Fields may stand in double quotes, doubled inside (CSV). */
  readonly quoted?: boolean;
  readonly encoding?: "utf8" | "latin1";
}

/**
 * All rows of a text file. A byte order mark at the start and a carriage return at a line's end are accepted and left out; a
 * line end after the last row is not a row; any other empty line is an error, as is an empty file.
 */
export async function readRows(
  file: string,
  { delimiter, quoted = false, encoding = "utf8" }: Delimited,
): Promise<readonly TextRow[]> {
  const text = (await readFile(file, encoding)).replace(/^\uFEFF/, "");
  if (text.trim() === "") throw new InputError(file, 1, "row", "the file is empty");
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines.map((raw, at) => {
    const line = raw.endsWith("\r") ? raw.slice(0, -1) : raw;
    if (line === "") throw new InputError(file, at + 1, "row", "the line is empty");
    return { line: at + 1, fields: quoted ? quotedFields(line, delimiter, file, at + 1) : line.split(delimiter) };
  });
}

function quotedFields(text: string, delimiter: string, file: string, line: number): readonly string[] {
  const fields: string[] = [];
  for (let at = 0; ;) {
    if (text[at] !== '"') {
      const end = text.indexOf(delimiter, at);
      fields.push(end < 0 ? text.slice(at) : text.slice(at, end));
      if (end < 0) return fields;
      at = end + delimiter.length;
      continue;
    }
    let field = "";
    for (at += 1; ;) {
      const quote = text.indexOf('"', at);
      if (quote < 0) throw new InputError(file, line, String(fields.length + 1), "a quote is not closed");
      field += text.slice(at, quote);
      if (text[quote + 1] !== '"') {
        at = quote + 1;
        break;
      }
      field += '"';
      at = quote + 2;
    }
    fields.push(field);
    if (at >= text.length) return fields;
    if (!text.startsWith(delimiter, at)) {
      throw new InputError(file, line, String(fields.length), `text follows a closing quote instead of "${delimiter}"`);
    }
    at += delimiter.length;
  }
}
