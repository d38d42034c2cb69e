import { ByteInputError } from "../../core";
import { nameOf, type Item } from "./object";
import type { PickleKey } from "./value";

// About what V8 takes for each, in bytes.
const itemBytes = 16;
const containerBytes = 256;

/** The stack machine that a pickle is a program for, with bounds on all that it may ask for. */
export class Machine {
  readonly memo = new Map<number, Item>();
  /** Where the opcode at hand begins, and its name. */
  offset = 0;
  opcode = "file";
  /** The next byte to read. */
  at = 0;
  readonly #stack: Item[] = [];
  readonly #marks: number[] = [];
  #taken = 0;

  constructor(
    readonly file: string,
    readonly bytes: Buffer,
    /** Bytes of memory, estimated. */
    readonly limit: number,
  ) {}

  fail(reason: string): ByteInputError {
    return new ByteInputError(this.file, this.offset, this.opcode, reason);
  }

  /** The next `count` bytes, as a view. */
  take(count: number): Buffer {
    const left = this.bytes.length - this.at;
    if (count > left) throw this.fail(`${count} bytes are announced and ${left} are left`);
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }

  /** The next line, without its end. */
  line(): string {
    const end = this.bytes.indexOf(10, this.at);
    if (end < 0) throw this.fail("the line does not end");
    const text = this.bytes.toString("latin1", this.at, end);
    this.at = end + 1;
    return text;
  }

  /** A length of 1, 2, 4 or 8 bytes, little endian; never negative. */
  length(width: 1 | 2 | 4 | 8): number {
    const bytes = this.take(width);
    if (width < 8) return bytes.readUIntLE(0, width);
    return Number(bytes.readBigUInt64LE(0));
  }

  /** Counts memory before it is taken. */
  charge(bytes: number): void {
    this.#taken += bytes;
    if (this.#taken > this.limit) {
      throw this.fail(`it would take more than ${Math.round(this.limit / 2 ** 20)} MB of memory`);
    }
  }

  push(item: Item): void {
    this.charge(typeof item === "object" && item !== null ? containerBytes : itemBytes);
    this.#stack.push(item);
  }

  /** Pushes what is in memory already. */
  pushAgain(item: Item): void {
    this.charge(itemBytes);
    this.#stack.push(item);
  }

  pop(): Item {
    if (this.#stack.length <= (this.#marks.at(-1) ?? 0)) throw this.fail("the stack is empty");
    return this.#stack.pop()!;
  }

  top(): Item {
    if (this.#stack.length <= (this.#marks.at(-1) ?? 0)) throw this.fail("the stack is empty");
    return this.#stack.at(-1)!;
  }

  mark(): void {
    this.charge(itemBytes);
    this.#marks.push(this.#stack.length);
  }

  /** Drops the last mark, or the item above it. */
  popItemOrMark(): void {
    if (this.#stack.length === this.#marks.at(-1)) this.#marks.pop();
    else this.pop();
  }

  /** The items above the last mark, which goes with them. */
  popToMark(): Item[] {
    const from = this.#marks.pop();
    if (from === undefined) throw this.fail("no MARK comes before it");
    return this.#stack.splice(from);
  }

  get(place: number): Item {
    const item = this.memo.get(place);
    if (item === undefined) throw this.fail(`the memo has no entry ${place}`);
    return item;
  }

  put(place: number): void {
    this.charge(4 * itemBytes);
    this.memo.set(place, this.top());
  }

  /** An item as a dict's key. */
  key(item: Item): PickleKey {
    if (typeof item !== "object" || item === null) return item;
    throw this.fail(`${nameOf(item)} is a key: only texts, numbers, booleans and None are read as keys`);
  }

  /** The whole result, once STOP was read. */
  result(): Item {
    if (this.#marks.length > 0) throw this.fail("a MARK is left");
    const item = this.pop();
    if (this.#stack.length > 0) throw this.fail(`${this.#stack.length} more values are left on the stack`);
    return item;
  }
}
