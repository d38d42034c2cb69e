import { createHash } from "node:crypto";
import { mkdir, open, readFile, truncate, type FileHandle } from "node:fs/promises";
import { join } from "node:path";

const KEY_BYTES = 32;

/** Vectors that are appended by one write. */
const WRITE = 64;

/**
 * Text vectors on disk, found again by model and text: one file a model, records of the text's SHA-256 and `width`
 * little-endian 32-bit floats, only ever appended; a record torn by a kill is cut off at opening. Several processes may share a
 * file: records are appended by single writes, which do not mix.
 */
export class EncodingCache {
  private constructor(
    readonly path: string,
    readonly width: number,
    private readonly vectors: Map<string, Float32Array>,
  ) {}

  static async open(folder: string, modelHash: string, width: number): Promise<EncodingCache> {
    const path = join(folder, `${modelHash.slice(0, 16)}-${width}.f32`);
    await mkdir(folder, { recursive: true });
    const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
      return Buffer.alloc(0);
    });
    const recordBytes = KEY_BYTES + 4 * width;
    const whole = Math.floor(bytes.length / recordBytes) * recordBytes;
    if (whole < bytes.length) await truncate(path, whole);
    const vectors = new Map<string, Float32Array>();
    for (let at = 0; at < whole; at += recordBytes) {
      const vector = new Float32Array(width);
      new Uint8Array(vector.buffer).set(bytes.subarray(at + KEY_BYTES, at + recordBytes));
      vectors.set(bytes.toString("hex", at, at + KEY_BYTES), vector);
    }
    return new EncodingCache(path, width, vectors);
  }

  get size(): number {
    return this.vectors.size;
  }

  get(text: string): Float32Array | undefined {
    return this.vectors.get(keyOf(text).toString("hex"));
  }

  /** Appends the vectors of texts that are not there yet; throws a RangeError for one of another width, an Error on a full disk. */
  async add(entries: readonly (readonly [string, Float32Array])[]): Promise<void> {
    const records: Buffer[] = [];
    for (const [text, vector] of entries) {
      if (vector.length !== this.width) {
        throw new RangeError(
          `Cannot keep a vector of ${vector.length} numbers in ${this.path}: its width is ${this.width}`,
        );
      }
      const key = keyOf(text);
      const name = key.toString("hex");
      if (this.vectors.has(name)) continue;
      this.vectors.set(name, vector);
      records.push(Buffer.concat([key, Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength)]));
    }
    if (records.length === 0) return;
    const file = await open(this.path, "a");
    try {
      for (let from = 0; from < records.length; from += WRITE) {
        await this.#appendWhole(file, Buffer.concat(records.slice(from, from + WRITE)));
      }
    } finally {
      await file.close();
    }
  }

  /** A write that was cut short is taken back to the last whole record: what follows would be read out of step. */
  async #appendWhole(file: FileHandle, bytes: Buffer): Promise<void> {
    const { bytesWritten } = await file.write(bytes);
    if (bytesWritten === bytes.length) return;
    const { size } = await file.stat();
    await file.truncate(size - (size % (KEY_BYTES + 4 * this.width)));
    throw new Error(`Cannot keep vectors in ${this.path}: the disk took ${bytesWritten} of ${bytes.length} bytes`);
  }
}

function keyOf(text: string): Buffer {
  return createHash("sha256").update(text, "utf8").digest();
}
