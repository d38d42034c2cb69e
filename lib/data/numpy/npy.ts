import { open, type FileHandle } from "node:fs/promises";
import { ByteInputError, replaceFile } from "../../core";
import { numpyTypeOfData, type NumpyData } from "./dtype";
import { headerPlace, longestPreamble, npyPreamble, parseNpyHeader } from "./npyHeader";
import { arrayOver, entriesOf, type NumpyArray } from "./numpyArray";

/**
 * The array of an npy file (numpy.save; versions 1 to 3): numbers of 1 to 8 bytes in either byte order, Fortran order turned into
 * C order. Nothing in the file is executed: arrays of objects are refused. Memory: the array once (twice in Fortran order).
 *
 * Throws a ByteInputError with file, byte and header field.
 *
 * @example const features = matrixOfArray(await readNpy("item_original_features.npy")); // [I, 768]
 */
export async function readNpy(file: string): Promise<NumpyArray> {
  const handle = await open(file, "r");
  try {
    const { size } = await handle.stat();
    const preamble = Buffer.from(await bytesAt(handle, file, 0, Math.min(size, longestPreamble)));
    const { begin, end } = headerPlace(file, preamble);
    if (end > size) throw new ByteInputError(file, size, "header", `the file ends in it: it goes to byte ${end}`);
    const text = Buffer.from(await bytesAt(handle, file, begin, end - begin)).toString("latin1");
    const form = parseNpyHeader(file, begin, text, size - end);
    return arrayOver(await bytesAt(handle, file, end, size - end), form);
  } finally {
    await handle.close();
  }
}

// One read call takes at most 2 GiB.
const pieceBytes = 1 << 28;

async function bytesAt(handle: FileHandle, file: string, from: number, count: number): Promise<ArrayBuffer> {
  const bytes = new Uint8Array(count);
  for (let at = 0; at < count;) {
    const { bytesRead } = await handle.read(bytes, at, Math.min(pieceBytes, count - at), from + at);
    if (bytesRead === 0) throw new ByteInputError(file, from + at, "data", "the file ends in them");
    at += bytesRead;
  }
  return bytes.buffer;
}

/**
 * Writes numbers as numpy.save does, atomically; the type is that of the data. Throws a RangeError where they do not fit the shape.
 *
 * @example await writeNpy("vectors.npy", [matrix.rows, matrix.cols], matrix.data);
 */
export async function writeNpy(file: string, shape: readonly number[], data: NumpyData): Promise<void> {
  if (entriesOf(shape) !== data.length) {
    throw new RangeError(`Cannot write ${file}: ${data.length} numbers do not fill the shape (${shape.join(", ")})`);
  }
  await replaceFile(file, async (handle) => {
    await handle.writeFile(npyPreamble(numpyTypeOfData(data), shape));
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    for (let at = 0; at < bytes.length; at += pieceBytes) await handle.writeFile(bytes.subarray(at, at + pieceBytes));
  });
}
