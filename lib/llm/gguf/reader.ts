import { open } from "node:fs/promises";
import { Cursor, NeedMoreBytes } from "./cursor";
import { decoderOf } from "./dequantise";
import { readValue } from "./metadata";
import { byteLengthOf, ggmlTypeOf, ggmlTypes, sizeOf, type GgufFile, type GgufTensor, type GgufValue } from "./types";

const MAGIC = 0x46554747;
const FIRST_BYTES = 1 << 21;
const CHUNK_BYTES = 1 << 22;

/**
 * Reads the header of a GGUF file (versions 2 and 3, little-endian): metadata, and where each tensor lies.
 *
 * Nothing is allocated on the word of a count: counts are checked against what the file can hold. Throws a
 * SyntaxError that names the file for a wrong magic number, a truncated file or an unknown type.
 *
 * @example
 * const file = await openGguf("model.gguf");
 * const q = await readTensor(file, "blk.0.attn_q.weight"); // row-major [out, in]
 */
export async function openGguf(path: string): Promise<GgufFile> {
  const handle = await open(path, "r");
  try {
    const { size } = await handle.stat();
    for (let wanted = FIRST_BYTES; ;) {
      const bytes = Buffer.allocUnsafe(Math.min(wanted, size));
      await readExactly(handle, bytes, 0, path);
      try {
        return parseHeader(new Cursor(path, bytes, size), size);
      } catch (error) {
        if (!(error instanceof NeedMoreBytes)) throw error;
        wanted = Math.max(2 * wanted, error.end);
      }
    }
  } finally {
    await handle.close();
  }
}

function parseHeader(cursor: Cursor, fileSize: number): GgufFile {
  if (cursor.uint32("the magic number") !== MAGIC) throw cursor.fail("it does not begin with GGUF");
  const version = cursor.uint32("the version");
  if (version !== 2 && version !== 3) {
    throw cursor.fail(`its version is ${version}; 2 and 3, little-endian, are understood`);
  }
  const tensorCount = cursor.count("the number of tensors", 24);
  const metadataCount = cursor.count("the number of metadata entries", 13);
  const metadata = new Map<string, GgufValue>();
  for (let i = 0; i < metadataCount; i++) {
    const key = cursor.string(`metadata key ${i}`);
    if (metadata.has(key)) throw cursor.fail(`metadata key "${key}" occurs twice`);
    metadata.set(key, readValue(cursor, key));
  }
  const entries = Array.from({ length: tensorCount }, (_, i) => readTensorEntry(cursor, i));
  const alignment = alignmentOf(metadata, cursor);
  const dataStart = Math.ceil(cursor.offset / alignment) * alignment;
  const tensors = new Map<string, GgufTensor>();
  for (const entry of entries) {
    const offset = dataStart + entry.offset;
    if (tensors.has(entry.name)) throw cursor.fail(`tensor "${entry.name}" occurs twice`);
    if (entry.offset % alignment !== 0) {
      throw cursor.fail(`tensor "${entry.name}" begins at ${entry.offset}, not a multiple of ${alignment}`);
    }
    if (offset + entry.byteLength > fileSize) {
      throw cursor.fail(`tensor "${entry.name}" ends at byte ${offset + entry.byteLength}, the file at ${fileSize}`);
    }
    tensors.set(entry.name, { ...entry, offset });
  }
  return { path: cursor.path, version, metadata, tensors };
}

function readTensorEntry(cursor: Cursor, index: number): GgufTensor {
  const name = cursor.string(`the name of tensor ${index}`);
  const rank = cursor.uint32(`the rank of tensor "${name}"`);
  if (rank < 1 || rank > 4) throw cursor.fail(`tensor "${name}" has ${rank} dimensions; 1 to 4 are possible`);
  const dims = Array.from({ length: rank }, () => Number(cursor.uint64(`the dimensions of tensor "${name}"`)));
  if (dims.some((dim) => dim < 1) || !Number.isSafeInteger(sizeOf(dims))) {
    throw cursor.fail(`tensor "${name}" has dimensions ${dims.join(" x ")}`);
  }
  const id = cursor.uint32(`the type of tensor "${name}"`);
  const type = ggmlTypeOf(id);
  if (type === undefined) {
    const known = Object.keys(ggmlTypes).join(", ");
    throw cursor.fail(`tensor "${name}" has storage type ${id}; understood are ${known}`);
  }
  if (dims[0]! % ggmlTypes[type].blockSize !== 0) {
    throw cursor.fail(`tensor "${name}" has rows of ${dims[0]} values, not whole ${type} blocks`);
  }
  const offset = Number(cursor.uint64(`the offset of tensor "${name}"`));
  return { name, dims, type, offset, byteLength: byteLengthOf(dims, type) };
}

function alignmentOf(metadata: ReadonlyMap<string, GgufValue>, cursor: Cursor): number {
  const alignment = metadata.get("general.alignment")?.value ?? 32;
  if (typeof alignment !== "number" || !Number.isInteger(alignment) || alignment < 1 || alignment % 8 !== 0) {
    throw cursor.fail(`its alignment is ${String(alignment)}, not a multiple of 8`);
  }
  return alignment;
}

/** A tensor's place in the file; throws a RangeError when there is none of that name. */
export function tensorOf(file: GgufFile, name: string): GgufTensor {
  const tensor = file.tensors.get(name);
  if (tensor === undefined) throw new RangeError(`Cannot read tensor "${name}": ${file.path} has none of that name`);
  return tensor;
}

/** A tensor's values as 32-bit floats, row-major [ne1, ne0], dequantised exactly as gguf-py does. */
export async function readTensor(file: GgufFile, name: string): Promise<Float32Array> {
  const values = new Float32Array(sizeOf(tensorOf(file, name).dims));
  let filled = 0;
  for await (const chunk of readTensorChunks(file, name)) {
    values.set(chunk, filled);
    filled += chunk.length;
  }
  return values;
}

/** A tensor's values in order, some 4 MB of stored bytes at a time; chunks end at block borders. */
export async function* readTensorChunks(file: GgufFile, name: string): AsyncGenerator<Float32Array> {
  const tensor = tensorOf(file, name);
  const { blockSize, blockBytes } = ggmlTypes[tensor.type];
  const decode = decoderOf(tensor.type);
  const chunkBytes = Math.floor(CHUNK_BYTES / blockBytes) * blockBytes;
  const handle = await open(file.path, "r");
  try {
    for (let done = 0; done < tensor.byteLength; done += chunkBytes) {
      const bytes = new Uint8Array(Math.min(chunkBytes, tensor.byteLength - done));
      await readExactly(handle, bytes, tensor.offset + done, file.path);
      const values = new Float32Array((bytes.length / blockBytes) * blockSize);
      decode(bytes, values);
      yield values;
    }
  } finally {
    await handle.close();
  }
}

async function readExactly(
  handle: Awaited<ReturnType<typeof open>>,
  bytes: Uint8Array,
  from: number,
  path: string,
): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesRead } = await handle.read(bytes, done, bytes.length - done, from + done);
    if (bytesRead === 0) throw new SyntaxError(`Cannot read ${path}: it ends at byte ${from + done}`);
    done += bytesRead;
  }
}
