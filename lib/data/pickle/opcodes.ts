import type { Machine } from "./machine";
import { GlobalName, nameOf, type Item } from "./object";
import { build, globalOf, instanceOf, reduce } from "./globals";
import { bytes, decimalFloat, decimalInt, escapedText, intOrBoolean, littleEndianInt, text } from "./scalars";

/** One instruction: its name in Python's pickletools, and what it does. */
export interface Opcode {
  readonly name: string;
  readonly run: (machine: Machine) => void;
}

const pushing = (make: (machine: Machine) => Item) => (machine: Machine) => machine.push(make(machine));

const scalars: readonly [string, string, Opcode["run"]][] = [
  ["N", "NONE", pushing(() => null)],
  ["\x88", "NEWTRUE", pushing(() => true)],
  ["\x89", "NEWFALSE", pushing(() => false)],
  ["I", "INT", pushing(intOrBoolean)],
  ["L", "LONG", pushing(decimalInt)],
  ["J", "BININT", pushing((machine) => machine.take(4).readInt32LE())],
  ["K", "BININT1", pushing((machine) => machine.length(1))],
  ["M", "BININT2", pushing((machine) => machine.length(2))],
  ["\x8a", "LONG1", pushing((machine) => littleEndianInt(machine, 1))],
  ["\x8b", "LONG4", pushing((machine) => littleEndianInt(machine, 4))],
  ["F", "FLOAT", pushing(decimalFloat)],
  ["G", "BINFLOAT", pushing((machine) => machine.take(8).readDoubleBE())],
  ["V", "UNICODE", pushing(escapedText)],
  ["\x8c", "SHORT_BINUNICODE", pushing((machine) => text(machine, 1))],
  ["X", "BINUNICODE", pushing((machine) => text(machine, 4))],
  ["\x8d", "BINUNICODE8", pushing((machine) => text(machine, 8))],
  ["C", "SHORT_BINBYTES", pushing((machine) => bytes(machine, 1))],
  ["B", "BINBYTES", pushing((machine) => bytes(machine, 4))],
  ["\x8e", "BINBYTES8", pushing((machine) => bytes(machine, 8))],
  ["\x96", "BYTEARRAY8", pushing((machine) => bytes(machine, 8))],
];

const containers: readonly [string, string, Opcode["run"]][] = [
  ["]", "EMPTY_LIST", pushing(() => [])],
  [")", "EMPTY_TUPLE", pushing(() => [])],
  ["}", "EMPTY_DICT", pushing(() => new Map())],
  ["\x8f", "EMPTY_SET", pushing(() => new Set())],
  ["l", "LIST", pushing((machine) => machine.popToMark())],
  ["t", "TUPLE", pushing((machine) => machine.popToMark())],
  ["\x85", "TUPLE1", pushing((machine) => popMany(machine, 1))],
  ["\x86", "TUPLE2", pushing((machine) => popMany(machine, 2))],
  ["\x87", "TUPLE3", pushing((machine) => popMany(machine, 3))],
  ["d", "DICT", pushing((machine) => withEntries(machine, new Map(), machine.popToMark()))],
  ["\x91", "FROZENSET", pushing((machine) => withMembers(machine, new Set(), machine.popToMark()))],
  ["a", "APPEND", (machine) => append(machine, [machine.pop()])],
  ["e", "APPENDS", (machine) => append(machine, machine.popToMark())],
  ["s", "SETITEM", (machine) => setItems(machine, popMany(machine, 2))],
  ["u", "SETITEMS", (machine) => setItems(machine, machine.popToMark())],
  ["\x90", "ADDITEMS", (machine) => addItems(machine, machine.popToMark())],
];

const flow: readonly [string, string, Opcode["run"]][] = [
  ["\x80", "PROTO", checkProtocol],
  ["\x95", "FRAME", checkFrame],
  ["(", "MARK", (machine) => machine.mark()],
  ["0", "POP", (machine) => machine.popItemOrMark()],
  ["1", "POP_MARK", (machine) => void machine.popToMark()],
  ["2", "DUP", (machine) => machine.pushAgain(machine.top())],
  ["g", "GET", (machine) => machine.pushAgain(machine.get(place(machine)))],
  ["h", "BINGET", (machine) => machine.pushAgain(machine.get(machine.length(1)))],
  ["j", "LONG_BINGET", (machine) => machine.pushAgain(machine.get(machine.length(4)))],
  ["p", "PUT", (machine) => machine.put(place(machine))],
  ["q", "BINPUT", (machine) => machine.put(machine.length(1))],
  ["r", "LONG_BINPUT", (machine) => machine.put(machine.length(4))],
  ["\x94", "MEMOIZE", (machine) => machine.put(machine.memo.size)],
  ["c", "GLOBAL", pushing((machine) => globalOf(machine, machine.line(), machine.line()))],
  ["\x93", "STACK_GLOBAL", pushing(stackGlobal)],
  ["R", "REDUCE", pushing((machine) => reduce(machine, ...popCall(machine)))],
  ["\x81", "NEWOBJ", pushing((machine) => instanceOf(machine, ...popCall(machine)))],
  ["b", "BUILD", (machine) => buildTop(machine)],
];

/** Python 2's texts, persistent ids, extensions and out-of-band buffers are no plain data. */
const refused: readonly [string, string][] = [
  ["P", "PERSID"],
  ["Q", "BINPERSID"],
  ["S", "STRING"],
  ["T", "BINSTRING"],
  ["U", "SHORT_BINSTRING"],
  ["i", "INST"],
  ["o", "OBJ"],
  ["\x82", "EXT1"],
  ["\x83", "EXT2"],
  ["\x84", "EXT4"],
  ["\x92", "NEWOBJ_EX"],
  ["\x97", "NEXT_BUFFER"],
  ["\x98", "READONLY_BUFFER"],
];

/** STOP, which ends a pickle. */
export const stop = ".".charCodeAt(0);

/** By code; what is not in it is no opcode of protocols 0 to 5. */
export const opcodes: ReadonlyMap<number, Opcode> = new Map([
  ...[...scalars, ...containers, ...flow].map(([code, name, run]) => [code.charCodeAt(0), { name, run }] as const),
  ...refused.map(([code, name]) => [code.charCodeAt(0), { name, run: refuse }] as const),
]);

function refuse(machine: Machine): never {
  throw machine.fail("only plain containers, numbers, texts, and arrays of numpy and scipy.sparse are read");
}

function checkProtocol(machine: Machine): void {
  const version = machine.length(1);
  if (version > 5) throw machine.fail(`protocol ${version} is none of 0 to 5`);
}

function checkFrame(machine: Machine): void {
  const [length, left] = [machine.length(8), machine.bytes.length - machine.at];
  if (length > left) throw machine.fail(`a frame of ${length} bytes is announced and ${left} are left`);
}

/** A memo entry's number in a line of its own. */
function place(machine: Machine): number {
  const text = machine.line();
  if (!/^\d{1,10}$/.test(text)) throw machine.fail(`${JSON.stringify(text.slice(0, 40))} is no memo entry`);
  return Number(text);
}

function popMany(machine: Machine, count: number): Item[] {
  return Array.from({ length: count }, () => machine.pop()).reverse();
}

function popCall(machine: Machine): [GlobalName, Item[]] {
  const [called, args] = popMany(machine, 2);
  if (!(called instanceof GlobalName)) throw machine.fail(`${nameOf(called!)} cannot be called`);
  if (!Array.isArray(args)) throw machine.fail(`${called.name} is called with ${nameOf(args!)}`);
  return [called, args];
}

function stackGlobal(machine: Machine): GlobalName {
  const [module, name] = popMany(machine, 2);
  if (typeof module === "string" && typeof name === "string") return globalOf(machine, module, name);
  throw machine.fail("a module and a name are needed");
}

function buildTop(machine: Machine): void {
  const state = machine.pop();
  build(machine, machine.top(), state);
}

function append(machine: Machine, items: readonly Item[]): void {
  const list = machine.top();
  if (!Array.isArray(list)) throw machine.fail(`items are appended to ${nameOf(list)}`);
  machine.charge(16 * items.length);
  for (const item of items) list.push(item);
}

function setItems(machine: Machine, items: readonly Item[]): void {
  const dict = machine.top();
  if (!(dict instanceof Map)) throw machine.fail(`entries are set in ${nameOf(dict)}`);
  withEntries(machine, dict, items);
}

function addItems(machine: Machine, items: readonly Item[]): void {
  const set = machine.top();
  if (!(set instanceof Set)) throw machine.fail(`members are added to ${nameOf(set)}`);
  withMembers(machine, set, items);
}

function withEntries(machine: Machine, dict: Extract<Item, Map<unknown, unknown>>, items: readonly Item[]): Item {
  if (items.length % 2 !== 0) throw machine.fail("a key has no value");
  machine.charge(32 * items.length);
  for (let at = 0; at < items.length; at += 2) dict.set(machine.key(items[at]!), items[at + 1]!);
  return dict;
}

function withMembers(machine: Machine, set: Extract<Item, Set<unknown>>, items: readonly Item[]): Item {
  machine.charge(48 * items.length);
  for (const item of items) set.add(machine.key(item));
  return set;
}
