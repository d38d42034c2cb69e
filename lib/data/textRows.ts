import { isUtf8 } from "node:buffer";
import { InputError } from "../core";
import { readInput } from "./inputFile";

/** One row of a delimited file, with its line for messages: the first one where a quoted field runs over several. */
export interface TextRow {
  /** From 1. */
  readonly line: number;
  readonly fields: readonly string[];
}

/** How a file's rows are divided. */
export interface Delimited {
  /** One character or more: "," "\t" "::". */
  readonly delimiter: string;
  /** Fields may stand in double quotes, doubled inside, and run over several lines there (RFC 4180). */
  readonly quoted?: boolean;
  /** utf8 unless said otherwise. */
  readonly encoding?: "utf8" | "latin1";
}

/**
 * All rows of a text file. A byte order mark at the start and carriage returns at line ends are accepted and left out; a line
 * end after the last row is not a row.
 *
 * Any other empty line, an empty file, bytes that are not UTF-8, a quote that is not closed, and text behind a closing quote
 * throw an InputError with the line; a file that is not there, a MissingInputError; a delimiter that is empty, or holds a quote or a
 * line end, a RangeError.
 *
 * @example (await readRows("movies.csv", { delimiter: ",", quoted: true }))[1] // { line: 2, fields: ["1", "Heat, extended", "Crime"] }
 */
export async function readRows(file: string, form: Delimited): Promise<readonly TextRow[]> {
  if (!/^[^"\r\n]+$/.test(form.delimiter)) {
    throw new RangeError(`Cannot read ${file}: ${JSON.stringify(form.delimiter)} is no delimiter`);
  }
  const bytes = await readInput(file);
  if (form.encoding !== "latin1") checkUtf8(file, bytes);
  const text = bytes.toString(form.encoding ?? "utf8").replace(/^\uFEFF/, "");
  if (text.trim() === "") throw new InputError(file, 1, "row", "the file is empty");
  const lines = text.split("\n").map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line));
  if (text.endsWith("\n")) lines.pop();
  const rows: TextRow[] = [];
  for (let at = 0; at < lines.length;) {
    const line = at + 1;
    if (lines[at] === "") throw new InputError(file, line, "row", "the line is empty");
    if (form.quoted && lines[at]!.includes('"')) {
      const { fields, next } = quotedRow(file, lines, at, form.delimiter);
      rows.push({ line, fields });
      at = next;
    } else {
      rows.push({ line, fields: lines[at]!.split(form.delimiter) });
      at += 1;
    }
  }
  return rows;
}

/** Throws an InputError where a row has not `width` fields. */
export function checkWidth(file: string, row: TextRow, width: number): void {
  if (row.fields.length === width) return;
  const hint = row.fields.length === 1 ? " (is the delimiter right?)" : "";
  throw new InputError(file, row.line, "row", `${row.fields.length} fields instead of ${width}${hint}`);
}

/** The row that starts at line `first`; `next` is the line after it. */
function quotedRow(
  file: string,
  lines: readonly string[],
  first: number,
  delimiter: string,
): { readonly fields: readonly string[]; readonly next: number } {
  const fields: string[] = [];
  let [line, at] = [first, 0];
  for (;;) {
    const text = lines[line]!;
    if (text[at] === '"') {
      const field = quotedField(file, lines, line, at, fields.length + 1);
      fields.push(field.text);
      ({ line, at } = field);
      const rest = lines[line]!;
      if (at === rest.length) return { fields, next: line + 1 };
      if (!rest.startsWith(delimiter, at)) {
        const reason = `text follows a closing quote instead of ${JSON.stringify(delimiter)}`;
        throw new InputError(file, line + 1, String(fields.length), reason);
      }
    } else {
      const end = text.indexOf(delimiter, at);
      fields.push(end < 0 ? text.slice(at) : text.slice(at, end));
      if (end < 0) return { fields, next: line + 1 };
      at = end;
    }
    at += delimiter.length;
  }
}

/** The field whose quote opens at `start` of line `first`, and the place behind its closing quote. */
function quotedField(
  file: string,
  lines: readonly string[],
  first: number,
  start: number,
  field: number,
): { readonly text: string; readonly line: number; readonly at: number } {
  let [text, line, at] = ["", first, start + 1];
  for (;;) {
    const quote = lines[line]!.indexOf('"', at);
    if (quote < 0) {
      text += `${lines[line]!.slice(at)}\n`;
      line += 1;
      at = 0;
      if (line === lines.length) throw new InputError(file, first + 1, String(field), "a quote is not closed");
      continue;
    }
    text += lines[line]!.slice(at, quote);
    if (lines[line]![quote + 1] !== '"') return { text, line, at: quote + 1 };
    text += '"';
    at = quote + 2;
  }
}

function checkUtf8(file: string, bytes: Buffer): void {
  if (isUtf8(bytes)) return;
  let [line, start] = [1, 0];
  for (let end = bytes.indexOf(10); end >= 0 && isUtf8(bytes.subarray(start, end)); end = bytes.indexOf(10, start)) {
    start = end + 1;
    line += 1;
  }
  throw new InputError(file, line, "row", "its bytes are not UTF-8 (is it Latin-1?)");
}
