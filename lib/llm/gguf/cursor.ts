/** Thrown when the bytes at hand end before the header does, but the file goes on. */
export class NeedMoreBytes extends Error {
  constructor(readonly end: number) {
    super(`${end} bytes needed`);
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads little-endian values from the first bytes of a file and says what is wrong, and where. */
export class Cursor {
  private position = 0;
  private readonly view: DataView;

  constructor(
    readonly path: string,
    private readonly bytes: Uint8Array,
    private readonly fileSize: number,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get offset(): number {
    return this.position;
  }

  /** The error for this file; `reason` completes "Cannot read model.gguf: ...". */
  fail(reason: string): SyntaxError {
    return new SyntaxError(`Cannot read ${this.path}: ${reason}`);
  }

  /** Moves past `count` bytes and returns where they began. */
  take(count: number, what: string): number {
    const begin = this.position;
    if (begin + count > this.fileSize) {
      throw this.fail(`it ends at byte ${this.fileSize}, inside ${what} (truncated file?)`);
    }
    if (begin + count > this.bytes.length) throw new NeedMoreBytes(begin + count);
    this.position = begin + count;
    return begin;
  }

  uint32(what: string): number {
    return this.view.getUint32(this.take(4, what), true);
  }

  uint64(what: string): bigint {
    return this.view.getBigUint64(this.take(8, what), true);
  }

  /** A 64-bit count of things of at least `leastBytes` each: more than the rest of the file can hold is an error. */
  count(what: string, leastBytes: number): number {
    const count = this.uint64(what);
    const most = Math.floor((this.fileSize - this.position) / leastBytes);
    if (count > BigInt(most)) throw this.fail(`${what} is ${count}, but the rest of the file holds at most ${most}`);
    return Number(count);
  }

  string(what: string): string {
    const length = this.count(`the length of ${what}`, 1);
    const begin = this.take(length, what);
    try {
      return utf8.decode(this.bytes.subarray(begin, begin + length));
    } catch {
      throw this.fail(`${what}, at byte ${begin}, is not UTF-8`);
    }
  }

  /** A fixed-size value, read by `read` at its offset. */
  fixed<T>(bytes: number, what: string, read: (view: DataView, at: number) => T): T {
    return read(this.view, this.take(bytes, what));
  }
}
