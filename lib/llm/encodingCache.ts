import { createHash, randomUUID } from "node:crypto";
import { mkdir, open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { namesIn } from "../core";

const KEY_BYTES = 32;

/**
 * Text vectors on disk, found again by model and text: records of the text's SHA-256 and `width` little-endian 32-bit floats,
 * only ever appended. Every cache object that adds vectors does so to a file of its own (appends of several processes to one
 * file overwrite each other on some file systems); opening reads the files of all and passes over a record torn by a kill.
 */
export class EncodingCache {
  private constructor(
    /** The file that this object's additions go to; it exists from the first one on. */
    readonly path: string,
    readonly width: number,
    private readonly vectors: Map<string, Float32Array>,
  ) {}

  static async open(folder: string, modelHash: string, width: number): Promise<EncodingCache> {
    const stem = `${modelHash.slice(0, 16)}-${width}`;
    await mkdir(folder, { recursive: true });
    const vectors = new Map<string, Float32Array>();
    for (const name of await namesIn(folder)) {
      if (name.startsWith(`${stem}.`) && name.endsWith(".f32")) {
        readRecords(await readFile(join(folder, name)), width, vectors);
      }
    }
    return new EncodingCache(join(folder, `${stem}.${randomUUID()}.f32`), width, vectors);
  }

  get size(): number {
    return this.vectors.size;
  }

  get(text: string): Float32Array | undefined {
    return this.vectors.get(keyOf(text).toString("hex"));
  }

  /** Appends the vectors of texts that are not there yet; throws a RangeError for one of another width, an Error on a full disk: then none is there. */
  async add(entries: readonly (readonly [string, Float32Array])[]): Promise<void> {
    const added = new Map<string, Float32Array>();
    const records: Buffer[] = [];
    for (const [text, vector] of entries) {
      if (vector.length !== this.width) {
        throw new RangeError(
          `Cannot keep a vector of ${vector.length} numbers in ${this.path}: its width is ${this.width}`,
        );
      }
      const key = keyOf(text);
      const name = key.toString("hex");
      if (this.vectors.has(name) || added.has(name)) continue;
      added.set(name, vector);
      records.push(Buffer.concat([key, Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength)]));
    }
    if (records.length === 0) return;
    await this.#append(Buffer.concat(records));
    for (const [name, vector] of added) this.vectors.set(name, vector);
  }

  /** A write that was cut short is taken back to the last whole record: what follows would be read out of step. */
  async #append(bytes: Buffer): Promise<void> {
    const file = await open(this.path, "a");
    try {
      const { bytesWritten } = await file.write(bytes);
      if (bytesWritten === bytes.length) return;
      const { size } = await file.stat();
      await file.truncate(size - (size % (KEY_BYTES + 4 * this.width)));
      throw new Error(`Cannot keep vectors in ${this.path}: the disk took ${bytesWritten} of ${bytes.length} bytes`);
    } finally {
      await file.close();
    }
  }
}

function readRecords(bytes: Buffer, width: number, vectors: Map<string, Float32Array>): void {
  const recordBytes = KEY_BYTES + 4 * width;
  for (let at = 0; at + recordBytes <= bytes.length; at += recordBytes) {
    const vector = new Float32Array(width);
    new Uint8Array(vector.buffer).set(bytes.subarray(at + KEY_BYTES, at + recordBytes));
    vectors.set(bytes.toString("hex", at, at + KEY_BYTES), vector);
  }
}

function keyOf(text: string): Buffer {
  return createHash("sha256").update(text, "utf8").digest();
}
