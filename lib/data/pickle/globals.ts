import { numpyCalls, buildArray, buildDtype } from "./numpyObjects";
import { buildSparse, sparseFormatOf } from "./sparseObjects";
import type { Machine } from "./machine";
import { ArrayObject, Dtype, GlobalName, nameOf, SparseObject, type Item } from "./object";
import type { PickleKey } from "./value";

type Call = (machine: Machine, args: readonly Item[]) => Item;

/** Functions of Python's own library that make plain data; factories of defaultdict are named, never called. */
const plainCalls: ReadonlyMap<string, Call> = new Map<string, Call>([
  ["_codecs.encode", encoded],
  ["builtins.bytes", (machine, args) => (args.length === 0 ? new Uint8Array(0) : bytesOf(machine, args))],
  ["builtins.bytearray", (machine, args) => (args.length === 2 ? encoded(machine, args) : bytesOf(machine, args))],
  ["builtins.set", setOf],
  ["builtins.frozenset", setOf],
  ["collections.OrderedDict", dictOf],
  ["collections.defaultdict", () => new Map<PickleKey, Item>()],
  ["copyreg._reconstructor", (machine, [type]) => emptyInstance(machine, type ?? null)],
]);

const factories: readonly string[] = ["list", "dict", "set", "int", "float", "str", "tuple", "object"];

const named: ReadonlySet<string> = new Set([
  ...plainCalls.keys(),
  ...numpyCalls.keys(),
  ...factories.map((name) => `builtins.${name}`),
  "numpy.ndarray",
]);

/** Older names of the same things. */
const renamed: readonly (readonly [RegExp, string])[] = [
  [/^__builtin__\./, "builtins."],
  [/^copy_reg\./, "copyreg."],
  [/^numpy\.core\./, "numpy._core."],
  [/^scipy\.sparse\.(coo|csr)\./, "scipy.sparse._$1."],
];

/** A global by module and name; everything that makes no plain data is refused by its name alone. */
export function globalOf(machine: Machine, module: string, name: string): GlobalName {
  const given = `${module}.${name}`;
  const full = renamed.reduce((text, [old, now]) => text.replace(old, now), given);
  if (named.has(full) || sparseFormatOf(full)) return new GlobalName(full);
  throw machine.fail(`the global ${JSON.stringify(given.slice(0, 100))} is not allowed`);
}

/** What a known function would have returned. */
export function reduce(machine: Machine, { name }: GlobalName, args: readonly Item[]): Item {
  const call = plainCalls.get(name) ?? numpyCalls.get(name);
  if (!call) throw machine.fail(`${name} is not called by plain data`);
  return call(machine, args);
}

/** An empty object of a known class. */
export function instanceOf(machine: Machine, type: GlobalName, args: readonly Item[]): Item {
  if (args.length > 0) throw machine.fail(`${type.name} is made with arguments`);
  return emptyInstance(machine, type);
}

function emptyInstance(machine: Machine, type: Item): Item {
  const format = type instanceof GlobalName ? sparseFormatOf(type.name) : undefined;
  if (format) return new SparseObject(format);
  throw machine.fail(`an object of ${nameOf(type)} is no plain data`);
}

/** Gives an object its state. */
export function build(machine: Machine, target: Item, state: Item): void {
  if (target instanceof Dtype) buildDtype(machine, target, state);
  else if (target instanceof ArrayObject) buildArray(machine, target, state);
  else if (target instanceof SparseObject) buildSparse(machine, target, state);
  else throw machine.fail(`${nameOf(target)} takes no state`);
}

/** Bytes as protocols 0 to 2 write them: a text whose characters are the bytes. */
function encoded(machine: Machine, [text, encoding]: readonly Item[]): Uint8Array {
  if (typeof text !== "string" || (encoding !== "latin1" && encoding !== "latin-1")) {
    throw machine.fail("bytes are a text in latin1");
  }
  machine.charge(text.length);
  for (let at = 0; at < text.length; at++) {
    if (text.charCodeAt(at) > 255) throw machine.fail(`character ${at} is not of latin1`);
  }
  return Uint8Array.from(Buffer.from(text, "latin1"));
}

function bytesOf(machine: Machine, [source]: readonly Item[]): Uint8Array {
  if (source === undefined) return new Uint8Array(0);
  if (!(source instanceof Uint8Array)) throw machine.fail(`bytes are made of ${nameOf(source)}`);
  machine.charge(source.length);
  return source.slice();
}

function setOf(machine: Machine, [members]: readonly Item[]): Item {
  if (members !== undefined && !Array.isArray(members)) throw machine.fail(`a set is made of ${nameOf(members)}`);
  machine.charge(48 * (members?.length ?? 0));
  return new Set((members ?? []).map((member) => machine.key(member)));
}

function dictOf(machine: Machine, [entries]: readonly Item[]): Item {
  if (entries !== undefined && !Array.isArray(entries)) throw machine.fail(`a dict is made of ${nameOf(entries)}`);
  machine.charge(64 * (entries?.length ?? 0));
  const dict = new Map<PickleKey, Item>();
  for (const entry of entries ?? []) {
    if (!Array.isArray(entry) || entry.length !== 2) throw machine.fail("an entry is no pair");
    dict.set(machine.key(entry[0]!), entry[1]!);
  }
  return dict;
}
