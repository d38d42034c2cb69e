import { ByteInputError } from "../../core";
import { entriesOf, type ByteForm } from "./numpyArray";
import { numpyTypeOf, numpyTypes, widthOf, type NumpyType } from "./dtype";

const magic = Buffer.from("\x93NUMPY", "latin1");

/** Bytes that the start of every npy file fills: magic, version, length of the header. */
export const longestPreamble = 12;

/** Longest header that is read, in bytes: that of a plain array has about a hundred. */
export const longestHeader = 65_536;

/** Where the header's text lies, in bytes from the start. */
export interface HeaderPlace {
  readonly begin: number;
  readonly end: number;
}

/** Reads the first `longestPreamble` bytes of an npy file. Throws a ByteInputError for another format or version. */
export function headerPlace(file: string, bytes: Buffer): HeaderPlace {
  if (!bytes.subarray(0, 6).equals(magic)) throw new ByteInputError(file, 0, "magic", "it is no npy file");
  const major = bytes[6] ?? 0;
  if (!(major >= 1 && major <= 3)) throw new ByteInputError(file, 6, "version", `${major} is none of 1, 2, 3`);
  const begin = major === 1 ? 10 : 12;
  if (bytes.length < begin) throw new ByteInputError(file, bytes.length, "header", "the file ends in it");
  const length = major === 1 ? bytes.readUInt16LE(8) : bytes.readUInt32LE(8);
  if (length > longestHeader) throw new ByteInputError(file, 8, "header", `${length} bytes are too long for one`);
  return { begin, end: begin + length };
}

const form = /^\{'descr': *'([<>|=])(\w+)', *'fortran_order': *(True|False), *'shape': *\(([\d, ]*)\),? *\} *\n?$/;

/**
 * Reads the text of an npy header: one array of plain numbers. Throws a ByteInputError for objects (which would need a pickle),
 * texts, structures, and a size that is not that of the `dataBytes` behind the header.
 *
 * @example parseNpyHeader("a.npy", 10, "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }", 48).shape // [3, 4]
 */
export function parseNpyHeader(file: string, begin: number, text: string, dataBytes: number): ByteForm {
  const fail = (field: string, reason: string): ByteInputError => new ByteInputError(file, begin, field, reason);
  const match = form.exec(text);
  if (!match) throw fail("header", `${JSON.stringify(text.slice(0, 200))} describes no plain array`);
  const [, order, name, fortran, sizes] = match;
  const type = numpyTypeOf(name!);
  if (!type) throw fail("descr", `type ${order}${name} is none of ${numpyTypes.join(", ")}`);
  const lengths = sizes!.trim().replace(/,$/, "");
  const shape = lengths === "" ? [] : lengths.split(",").map((length) => (length.trim() === "" ? NaN : Number(length)));
  const entries = entriesOf(shape);
  if (entries === undefined) throw fail("shape", `(${sizes}) is no shape`);
  if (entries * widthOf(type) !== dataBytes) {
    throw fail("shape", `(${sizes}) of ${type} takes ${entries * widthOf(type)} bytes, the file has ${dataBytes}`);
  }
  return { type, shape, bigEndian: order === ">", fortranOrder: fortran === "True" };
}

// numpy leaves room for the first length to grow to 21 digits, and ends the header at a multiple of 64.
const roomToGrow = 21;
const alignment = 64;

/** The start of an npy file (version 1.0) up to the numbers, byte for byte numpy's. */
export function npyPreamble(type: NumpyType, shape: readonly number[]): Buffer {
  const order = widthOf(type) === 1 ? "|" : "<";
  const lengths = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const text = `{'descr': '${order}${type}', 'fortran_order': False, 'shape': (${lengths}), }`;
  const spare = shape.length > 0 ? " ".repeat(roomToGrow - String(shape[0]).length) : "";
  const used = 10 + text.length + spare.length + 1;
  const header = `${text}${spare}${" ".repeat((alignment - (used % alignment)) % alignment)}\n`;
  const start = Buffer.alloc(10);
  magic.copy(start);
  start[6] = 1;
  start.writeUInt16LE(header.length, 8);
  return Buffer.concat([start, Buffer.from(header, "latin1")]);
}
