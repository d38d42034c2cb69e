import { type FileHandle, open } from "node:fs/promises";
import { replaceFile } from "../core";
import { decoderOf, encode, sizeOf } from "./gguf";
import { longestHeader, parseSafetensorsHeader, safetensorsWidths, type SafetensorsEntry } from "./safetensorsHeader";

/** A tensor in memory, row-major. */
export interface SafetensorsTensor {
  /** Sizes, outermost first, as PyTorch prints them; empty for a single number. */
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** What a safetensors file holds. */
export interface Safetensors {
  /** Texts of the writer's own; PyTorch's libraries expect format: "pt". */
  readonly metadata: ReadonlyMap<string, string>;
  readonly tensors: ReadonlyMap<string, SafetensorsTensor>;
}

/**
 * Reads a safetensors file (huggingface/safetensors, README "Format"); F16 and BF16 are widened to 32 bits exactly.
 *
 * The format holds numbers and a JSON header, nothing that could run. Throws a SyntaxError that names the file, and the
 * tensor, for a header that does not describe the file byte for byte.
 *
 * @example
 * const { tensors } = await readSafetensors("adapter_model.safetensors");
 * for (const [name, { shape }] of tensors) console.log(name, shape);
 */
export async function readSafetensors(path: string): Promise<Safetensors> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    const length = await headerLength(file, size, path);
    const header = await bytesAt(file, 8, length, path);
    const { metadata, entries } = parseSafetensorsHeader(path, header, size - 8 - length);
    const tensors = new Map<string, SafetensorsTensor>();
    for (const entry of entries) {
      const bytes = await bytesAt(file, 8 + length + entry.begin, entry.end - entry.begin, path);
      tensors.set(entry.name, { shape: entry.shape, values: valuesOf(entry, bytes) });
    }
    return { metadata, tensors };
  } finally {
    await file.close();
  }
}

async function headerLength(file: FileHandle, size: number, path: string): Promise<number> {
  const fail = (reason: string): SyntaxError => new SyntaxError(`Cannot read ${path}: ${reason}`);
  if (size < 8) throw fail(`it has ${size} bytes, the length of its header takes 8`);
  const length = Buffer.from(await bytesAt(file, 0, 8, path)).readBigUInt64LE();
  if (length > BigInt(longestHeader)) throw fail(`its header is said to have ${length} bytes, above ${longestHeader}`);
  if (length > BigInt(size - 8)) throw fail(`its header is said to have ${length} bytes, the rest has ${size - 8}`);
  return Number(length);
}

async function bytesAt(file: FileHandle, from: number, count: number, path: string): Promise<Uint8Array> {
  const bytes = new Uint8Array(count);
  for (let done = 0; done < count;) {
    const { bytesRead } = await file.read(bytes, done, count - done, from + done);
    if (bytesRead === 0) throw new SyntaxError(`Cannot read ${path}: it ends at byte ${from + done}`);
    done += bytesRead;
  }
  return bytes;
}

function valuesOf({ type, shape }: SafetensorsEntry, bytes: Uint8Array): Float32Array {
  const values = new Float32Array(sizeOf(shape));
  decoderOf(type)(bytes, values);
  return values;
}

/**
 * Writes a safetensors file of 32-bit floats, atomically: tensors in the order of their names, the header padded to a
 * multiple of 8 bytes, as the format's own writer does (huggingface/safetensors, safetensors/src/tensor.rs, `prepare`).
 *
 * Throws a RangeError that names the file and the tensor when the number of values is not the shape's.
 */
export async function writeSafetensors(path: string, content: Safetensors): Promise<void> {
  const tensors = [...content.tensors].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const fields: [string, unknown][] =
    content.metadata.size > 0 ? [["__metadata__", Object.fromEntries(content.metadata)]] : [];
  let end = 0;
  for (const [name, { shape, values }] of tensors) {
    if (name === "__metadata__") throw new RangeError(`Cannot write ${path}: a tensor cannot be called ${name}`);
    if (values.length !== sizeOf(shape)) {
      throw new RangeError(
        `Cannot write ${path}: tensor "${name}" of shape ${JSON.stringify(shape)} has ${values.length} values`,
      );
    }
    const begin = end;
    end += values.length * safetensorsWidths.F32;
    fields.push([name, { dtype: "F32", shape, data_offsets: [begin, end] }]);
  }
  const json = Buffer.from(JSON.stringify(Object.fromEntries(fields)));
  const padded = Buffer.alloc(Math.ceil(json.length / 8) * 8, " ");
  json.copy(padded);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  await replaceFile(path, async (file) => {
    for (const piece of [length, padded]) await file.writeFile(piece);
    for (const [, { values }] of tensors) await file.writeFile(encode(values, "F32"));
  });
}
