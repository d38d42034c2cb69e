// Expected values: test/reference/data/pickle_python.py (Python's pickle, numpy, scipy.sparse).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ByteInputError, InputError, prngOf, randomInt } from "reclm/core";
import { isSparse, readPickle, valueOfPickle, type NumpyArray, type PickleValue } from "reclm/data";
import { folderWith } from "./folder";

interface Case {
  readonly name: string;
  readonly value: unknown;
  /** base64, protocols 0 to 5 */
  readonly pickles: readonly string[];
}

const reference = JSON.parse(
  readFileSync(join(__dirname, "../../../test/reference/data/pickle_python.json"), "utf8"),
) as { readonly cases: readonly Case[]; readonly refused: readonly Omit<Case, "value">[] };

const bytesOf = (base64: string): Buffer => Buffer.from(base64, "base64");

function isNumpyArray(value: PickleValue): value is NumpyArray {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "array";
}

/** The form in which the reference script tells values. */
function told(value: PickleValue): unknown {
  if (typeof value === "bigint") return { kind: "bigint", text: String(value) };
  if (typeof value === "number" && !Number.isFinite(value)) {
    return { kind: "float", text: String(value).replace("Infinity", "inf").replace("NaN", "nan") };
  }
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Uint8Array) return { kind: "bytes", base64: Buffer.from(value).toString("base64") };
  if (value instanceof Map)
    return { kind: "dict", entries: Array.from(value, ([key, part]) => [told(key), told(part)]) };
  if (value instanceof Set) return { kind: "set", members: Array.from(value, told) };
  if (isNumpyArray(value)) {
    const data = Array.from<number | bigint, unknown>(value.data, (entry) =>
      value.type === "b1" ? entry !== 0 : typeof entry === "bigint" ? Number(entry) : entry,
    );
    return { kind: "array", type: value.type, shape: value.shape, data: value.shape.length === 0 ? data[0] : data };
  }
  if (isSparse(value)) {
    const { rows, cols, row, column, values } = value;
    return { kind: "sparse", shape: [rows, cols], row: [...row], column: [...column], values: [...values] };
  }
  return (value as readonly PickleValue[]).map(told);
}

for (const { name, value, pickles } of reference.cases) {
  test(`${name}: every protocol gives what Python pickled`, () => {
    const expected = name === "arrays" ? (value as unknown[]).map(scalarShape) : value;
    pickles.forEach((pickle, protocol) => {
      assert.deepEqual(told(valueOfPickle(name, bytesOf(pickle))), expected, `protocol ${protocol}`);
    });
  });
}

/** A 0-d array's only number stands in a list in the reference. */
function scalarShape(value: unknown): unknown {
  const array = value as { readonly shape: readonly number[]; readonly data: readonly unknown[] };
  return array.shape.length === 0 ? { ...array, data: array.data[0] } : value;
}

function refused(pickle: Uint8Array | string, reason: RegExp, limit?: number): ByteInputError {
  let caught: unknown;
  const bytes = typeof pickle === "string" ? Buffer.from(pickle, "latin1") : pickle;
  assert.throws(
    () => valueOfPickle("x.pkl", bytes, limit === undefined ? {} : { limit }),
    (error: unknown) => {
      caught = error;
      assert.ok(error instanceof ByteInputError && error instanceof InputError, String(error));
      assert.match(error.message, reason);
      assert.ok(error.message.startsWith(`Cannot read x.pkl, byte ${error.offset}, `), error.message);
      return true;
    },
  );
  return caught as ByteInputError;
}

for (const { name, pickles } of reference.refused) {
  test(`${name}: refused in every protocol, with the place`, () => {
    for (const pickle of pickles) refused(bytesOf(pickle), /^Cannot read x\.pkl, byte \d+, opcode [A-Z_0-9]+: ./);
  });
}

test("a command is refused at its name, before anything of it is built", () => {
  const { offset, field } = refused("\x80\x02cos\nsystem\nU\x04echo\x85R.", /"os\.system" is not allowed/);
  assert.deepEqual([offset, field], [2, "opcode GLOBAL"]);
  refused("\x80\x04\x8c\x08builtins\x8c\x04eval\x93.", /byte 18, opcode STACK_GLOBAL: the global "builtins\.eval"/);
  refused("cbuiltins\n__import__\n.", /"builtins\.__import__"/);
  refused("cnumpy._core.multiarray\n__dict__\n.", /is not allowed/);
  refused("cconstructor\nprototype\n.", /is not allowed/);
  refused("cscipy.sparse._coo\ncsr_matrix\n.", /is not allowed/);
  refused("cbuiltins\nlist\n)R.", /builtins\.list is not called/);
  refused("ccollections\ndefaultdict\n}}b.", /takes no state/);
});

test("keys named like JavaScript's own properties change nothing", () => {
  const value = valueOfPickle("x.pkl", bytesOf(reference.cases.find(({ name }) => name === "keys")!.pickles[4]!));
  assert.ok(value instanceof Map && value.get("__proto__") instanceof Map);
  assert.equal(({} as { readonly polluted?: boolean }).polluted, undefined);
});

test("lengths beyond the file, and files that end early, are refused without taking memory", () => {
  const before = process.memoryUsage().rss;
  refused("\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\x7f.", /bytes are announced and 1 are left/);
  refused("B\xff\xff\xff\xff.", /4294967295 bytes are announced/);
  refused("X\xff\xff\xff\xff.", /opcode BINUNICODE/);
  refused("\x95\xff\xff\xff\xff\xff\xff\xff\xffN.", /a frame of/);
  refused("\x8b\x10\x00\x10\x00.", /an int of 1048592 bytes is too long/);
  refused(`L${"9".repeat(5000)}L\n.`, /is no int/);
  refused("Nr\xff\xff\xff\xff", /it ends without STOP/);
  assert.ok(process.memoryUsage().rss - before < 100e6);
});

test("memory is bounded: containers, copies, and what shared parts unfold to", () => {
  refused("}".repeat(100_000) + ".", /more than 10 MB of memory/, 10 * 2 ** 20);
  const copies = `V${"a".repeat(100_000)}\np0\n0${"c_codecs\nencode\n(g0\nVlatin1\ntR".repeat(1000)}.`;
  refused(copies, /more than 20 MB of memory/, 20 * 2 ** 20);
  // 40 lists, each holding the one before twice: a trillion values.
  const bomb = `(I1\nlp0\n0${Array.from({ length: 40 }, (_, n) => `(g${n}\ng${n}\nlp${n + 1}\n0`).join("")}g40\n.`;
  refused(bomb, /unfold to more than 200000000 values/);
});

test("nesting: as deep as data go, no deeper; no cycles", () => {
  const nested = (depth: number): string => `${"]".repeat(depth)}${"a".repeat(depth - 1)}.`;
  assert.ok(Array.isArray(valueOfPickle("x.pkl", Buffer.from(nested(200), "latin1"))));
  refused(nested(201), /nested deeper than 200/);
  refused(nested(500_000), /nested deeper than 200/);
  refused(`${"(".repeat(100_000)}.`, /a MARK is left/);
  refused("]q\x00h\x00a.", /holds itself/);
  refused("}q\x00Va\n]h\x00as.", /holds itself/);
});

test("a bad program is refused with its opcode", () => {
  refused("", /byte 0, file: it ends without STOP/);
  refused(".", /the stack is empty/);
  refused("NN.", /1 more values are left/);
  refused("a.", /opcode APPEND: the stack is empty/);
  refused("t.", /no MARK comes before it/);
  refused("(NN0000.", /opcode POP: the stack is empty/);
  refused("h\x05.", /the memo has no entry 5/);
  refused("g-1\n.", /is no memo entry/);
  refused("NNs.", /the stack is empty/);
  refused("}(Nu.", /a key has no value/);
  refused("}]Ns.", /a list or tuple is a key/);
  refused("NNa.", /items are appended to None/);
  refused("\x80\x06N.", /protocol 6/);
  refused("\x8c\x01\xff.", /not UTF-8/);
  refused("\xfe.", /0xfe is none/);
  refused("Fabc\n.", /is no float/);
  refused("U\x01a.", /opcode SHORT_BINSTRING/);
});

test("arrays whose parts do not fit are refused", () => {
  const array = (shape: string, bytes: string, type = "f8"): string =>
    `cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntVb\ntR(I1\n${shape}cnumpy\ndtype\n(V${type}\nI00\nI01\ntRI00\n${bytes}tb.`;
  const eight = "c_codecs\nencode\n(V\x01\x01\x01\x01\x01\x01\x01\x01\nVlatin1\ntR";
  assert.ok(isNumpyArray(valueOfPickle("x.pkl", Buffer.from(array("(I1\nt", eight), "latin1"))));
  refused(array("(I2\nt", eight), /shape \(2\) of 8 bytes/);
  refused(array("(I-1\nt", eight), /shape \(-1\)/);
  refused(array("(L9007199254740993L\nI9007199254740993\nt", eight), /Cannot make a f8 array/);
  refused(array("I1\n", eight), /shape \(NaN\)/);
  refused(array("(I1\nt", "]"), /are a list or tuple, not bytes/);
  refused(array("(I1\nt", eight, "O8"), /dtype "O8" is none of/);
});

test("a prefix or a changed byte gives a value or a refusal, nothing else", () => {
  const prng = prngOf(1, "mutations");
  const refusal = (bytes: Buffer): boolean => {
    try {
      valueOfPickle("x.pkl", bytes, { limit: 2 ** 24 });
      return false;
    } catch (error) {
      assert.ok(error instanceof ByteInputError, String((error as Error).stack));
      return true;
    }
  };
  let refusals = 0;
  for (const { name, pickles } of reference.cases) {
    for (const pickle of pickles) {
      const bytes = bytesOf(pickle);
      for (let n = 0; n < 12; n++) assert.ok(refusal(bytes.subarray(0, randomInt(prng, bytes.length))), name);
      for (let n = 0; n < 60; n++) {
        const changed = Buffer.from(bytes);
        changed[randomInt(prng, Math.min(400, bytes.length))] = randomInt(prng, 256);
        if (refusal(changed)) refusals += 1;
      }
    }
  }
  assert.ok(refusals > 1000);
});

test("files: read whole, refused beyond the limit", async (context) => {
  const folder = await folderWith(context, { "a.pkl": "(I1\nI2\nl." });
  assert.deepEqual(await readPickle(join(folder, "a.pkl")), [1, 2]);
  await assert.rejects(readPickle(join(folder, "a.pkl"), { limit: 5 }), /9 bytes are more than the limit of 5/);
});
