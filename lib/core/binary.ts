import { readFile } from "node:fs/promises";
import { writeFileAtomic } from "./files";

/** Writes numbers as they lie in memory (little endian on every supported machine). */
export function writeNumbers(path: string, numbers: Int32Array | Float32Array): Promise<void> {
  return writeFileAtomic(path, new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength));
}

/** 32-bit floats written by `writeNumbers`. */
export async function readFloats(path: string): Promise<Float32Array> {
  return new Float32Array(await bytesOf(path));
}

/** 32-bit integers written by `writeNumbers`. */
export async function readInts(path: string): Promise<Int32Array> {
  return new Int32Array(await bytesOf(path));
}

async function bytesOf(path: string): Promise<ArrayBuffer> {
  const bytes = await readFile(path);
  if (bytes.byteLength % 4 !== 0)
    throw new SyntaxError(`Cannot read ${path}: ${bytes.byteLength} bytes are no 32-bit numbers`);
  return Uint8Array.from(bytes).buffer;
}
