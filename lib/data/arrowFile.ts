import type { DataType, Table, Vector } from "apache-arrow";
import { tableFromIPC } from "apache-arrow";
import { InputError, messageOf } from "../core";
import { readInput } from "./inputFile";

const magic = "ARROW1";
/** Magic and padding before, the footer's length (4 bytes) and magic behind. */
const leastBytes = 8 + 4 + magic.length;

/** A table read from a file, with the file's path for messages. */
export interface ArrowFile {
  readonly file: string;
  readonly table: Table;
}

/**
 * Reads an Arrow IPC file whole; a file that is none, is cut or does not parse throws an InputError.
 *
 * Both ends are looked at first: Arrow's reader takes an empty file for an empty table, and a cut one for a stream.
 */
export async function readArrow(file: string): Promise<ArrowFile> {
  const bytes = await readInput(file);
  checkFilled(file, bytes);
  if (!beginsAsFile(bytes)) throw refused(file, "it is no Arrow IPC file");
  return { file, table: wholeTable(file, bytes) };
}

/** As `readArrow`, but a stream, which has neither end, is read too; a SyntaxError where it does not parse. */
export async function readArrowOrStream(file: string): Promise<ArrowFile> {
  const bytes = await readInput(file);
  checkFilled(file, bytes);
  if (beginsAsFile(bytes)) return { file, table: wholeTable(file, bytes) };
  try {
    return { file, table: tableFromIPC(bytes) };
  } catch (error) {
    throw new SyntaxError(`Cannot read ${file}: ${messageOf(error)}`, { cause: error });
  }
}

function refused(file: string, reason: string): InputError {
  return new InputError(file, 1, "file", reason);
}

function checkFilled(file: string, bytes: Buffer): void {
  if (bytes.length === 0) throw refused(file, "the file is empty");
}

function beginsAsFile(bytes: Buffer): boolean {
  return bytes.subarray(0, magic.length).toString("latin1") === magic;
}

function wholeTable(file: string, bytes: Buffer): Table {
  const end = bytes.length - magic.length;
  const footer = bytes.length < leastBytes ? 0 : bytes.readInt32LE(end - 4);
  const whole = footer > 0 && footer <= bytes.length - leastBytes && bytes.subarray(end).toString("latin1") === magic;
  if (!whole) throw refused(file, "the Arrow file is cut: its end is missing");
  try {
    return tableFromIPC(bytes);
  } catch (error) {
    throw refused(file, `its content does not parse: ${messageOf(error)}`);
  }
}

/** A column of the given type ("Int32", "List<Utf8>"); another type, no such column, or an empty entry throws an InputError. */
export function arrowColumn({ file, table }: ArrowFile, name: string, type: string): Vector<DataType> {
  const column = nullableColumn({ file, table }, name, type);
  if (column.nullCount === 0) return column;
  for (let row = 0; row < column.length; row++) {
    if (column.get(row) === null) throw new InputError(file, row + 1, name, "it is empty");
  }
  return column;
}

/** As `arrowColumn`, where entries may be empty. */
export function nullableColumn({ file, table }: ArrowFile, name: string, type: string): Vector<DataType> {
  const column = table.getChild(name);
  const names = table.schema.fields.map((field) => field.name);
  if (!column) throw new InputError(file, 1, name, `the column is not among ${JSON.stringify(names)}`);
  const found = String(column.type);
  if (found !== type) throw new InputError(file, 1, name, `the column holds ${found} instead of ${type}`);
  return column;
}

export const hasColumn = ({ table }: ArrowFile, name: string): boolean => table.getChild(name) !== null;
