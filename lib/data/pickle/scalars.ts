import type { Machine } from "./machine";
import type { Item } from "./object";

// As Python's own limit for texts of numbers.
const longestDigits = 4300;

/** A Python int: a number where that is exact. */
export function intOf(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** A decimal int of protocol 0: "12", "-5", "7L". */
export function decimalInt(machine: Machine): number | bigint {
  const text = machine.line();
  const digits = /^\s*([-+]?\d+)L?\s*$/.exec(text)?.[1];
  if (digits === undefined || digits.length > longestDigits)
    throw machine.fail(`${JSON.stringify(text.slice(0, 40))} is no int`);
  return intOf(BigInt(digits.replace(/^\+/, "")));
}

/** INT of protocol 0, where 00 and 01 stand for booleans. */
export function intOrBoolean(machine: Machine): Item {
  const bytes = machine.bytes.toString("latin1", machine.at, machine.at + 3);
  if (bytes !== "00\n" && bytes !== "01\n") return decimalInt(machine);
  machine.at += 3;
  return bytes === "01\n";
}

/** FLOAT of protocol 0, Python's repr. */
export function decimalFloat(machine: Machine): number {
  const text = machine.line();
  if (/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text)) return Number(text);
  const special = new Map([
    ["inf", Infinity],
    ["-inf", -Infinity],
    ["nan", NaN],
    ["-nan", NaN],
  ] as const).get(text as "inf");
  if (special === undefined) throw machine.fail(`${JSON.stringify(text.slice(0, 40))} is no float`);
  return special;
}

/** A two's complement int of any length, little endian. */
export function littleEndianInt(machine: Machine, width: 1 | 4): number | bigint {
  const count = machine.length(width);
  if (count > 1024) throw machine.fail(`an int of ${count} bytes is too long`);
  if (count === 0) return 0;
  const digits = Buffer.from(machine.take(count)).reverse().toString("hex");
  return intOf(BigInt.asIntN(8 * count, BigInt(`0x${digits}`)));
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A text with its length in `width` bytes. */
export function text(machine: Machine, width: 1 | 4 | 8): string {
  const bytes = machine.take(machine.length(width));
  machine.charge(2 * bytes.length);
  try {
    return utf8.decode(bytes);
  } catch {
    throw machine.fail("its text is not UTF-8");
  }
}

/** UNICODE of protocol 0: raw-unicode-escape, where only \u and \U are escapes, and only behind an odd number of backslashes. */
export function escapedText(machine: Machine): string {
  const line = machine.line();
  machine.charge(2 * line.length);
  return line.replace(
    /(\\+)(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})?/g,
    (whole, slashes: string, escape: string | undefined) => {
      if (escape === undefined || slashes.length % 2 === 0) return whole;
      const code = parseInt(escape.slice(1), 16);
      if (code > 0x10ffff) throw machine.fail(`\\${escape} is no character`);
      return slashes.slice(1) + String.fromCodePoint(code);
    },
  );
}

/** Bytes with their length in `width` bytes: a copy. */
export function bytes(machine: Machine, width: 1 | 4 | 8): Uint8Array {
  const view = machine.take(machine.length(width));
  machine.charge(view.length);
  return Uint8Array.from(view);
}
