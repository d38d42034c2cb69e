import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { readdir, readFile, truncate, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import test from "node:test";
import { encode, type GgufValue, openGguf, readTensor, requantise, tensorFrom, writeGguf } from "reclm/llm";
import { behind } from "../core/child";
import { temporaryFolder, tinyModel } from "../support/tinyModel";

// test/reference/llm/quantisation.py: gguf-py's encoders.
const { encode: encoders } = JSON.parse(
  readFileSync(join(process.cwd(), "test/reference/llm/quantisation.json"), "utf8"),
) as { readonly encode: Readonly<Record<"F16" | "Q8_0", { readonly values: string; readonly bytes: string }>> };

function floats(text: string): Float32Array {
  return new Float32Array(new Uint8Array(Buffer.from(text, "base64")).buffer);
}

for (const type of ["F16", "Q8_0"] as const) {
  test(`values are stored as ${type} as gguf-py does, bit for bit`, () => {
    assert.deepEqual(
      Buffer.from(encode(floats(encoders[type].values), type)),
      Buffer.from(encoders[type].bytes, "base64"),
    );
  });
}

test("Q8_0 refuses what it cannot hold", () => {
  assert.throws(() => encode(new Float32Array(32).fill(NaN), "Q8_0"), RangeError);
  assert.throws(() => encode(new Float32Array(33), "Q8_0"), /rows of 33 values as Q8_0/);
});

const metadata = new Map<string, GgufValue>([
  ["general.architecture", { type: "string", value: "llama" }],
  ["a.u8", { type: "uint8", value: 200 }],
  ["a.i8", { type: "int8", value: -100 }],
  ["a.u16", { type: "uint16", value: 60000 }],
  ["a.i16", { type: "int16", value: -30000 }],
  ["a.u32", { type: "uint32", value: 4000000000 }],
  ["a.i32", { type: "int32", value: -2000000000 }],
  ["a.f32", { type: "float32", value: Math.fround(0.1) }],
  ["a.bool", { type: "bool", value: true }],
  ["a.u64", { type: "uint64", value: 2n ** 63n }],
  ["a.i64", { type: "int64", value: -(2n ** 62n) }],
  ["a.f64", { type: "float64", value: 0.1 }],
  ["a.strings", { type: "array", items: "string", value: ["", "é", "日本", "\uFEFFb"] }],
  ["a.numbers", { type: "array", items: "float32", value: [1.5, -2] }],
  ["a.empty", { type: "array", items: "uint64", value: [] }],
]);

test("metadata and tensors read back as written", async (t) => {
  const path = join(await temporaryFolder(t), "file.gguf");
  const vector = Float32Array.of(1, -2, 3.5);
  const matrix = Float32Array.from({ length: 64 }, (_, i) => i - 20);
  await writeGguf(path, {
    metadata,
    tensors: [tensorFrom("v", [3], vector), tensorFrom("m", [32, 2], matrix, "F16"), tensorFrom("w", [3], vector)],
  });
  const file = await openGguf(path);
  assert.deepEqual(file.metadata, metadata);
  assert.deepEqual(
    [...file.tensors.values()].map(({ dims, type }) => [dims, type]),
    [
      [[3], "F32"],
      [[32, 2], "F16"],
      [[3], "F32"],
    ],
  );
  assert.deepEqual(await readTensor(file, "v"), vector);
  assert.deepEqual(await readTensor(file, "m"), matrix);
  assert.deepEqual(await readTensor(file, "w"), vector);
  await assert.rejects(readTensor(file, "x"), /none of that name/);
});

test("a write that fails leaves no file behind", async (t) => {
  const folder = await temporaryFolder(t);
  const bad = { ...tensorFrom("v", [3], Float32Array.of(1, 2, 3)), bytes: () => [new Uint8Array(5)] };
  await assert.rejects(writeGguf(join(folder, "file.gguf"), { metadata, tensors: [bad] }), /gave 5 bytes.* need 12/);
  assert.deepEqual(await readdir(folder), []);
  assert.throws(() => tensorFrom("v", [4], Float32Array.of(1)), /1 values are given/);
});

// 24 bytes, a key of 9, a type and a length of 12, and the text: whole rows of 32 bytes, above 64 kB, nothing behind them.
const longHeader = `
  const metadata = new Map([["k", { type: "string", value: "x".repeat(32 * 3000 - 45) }]]);
  require("reclm/llm").writeGguf(process.argv[1], { metadata, tensors: [] }).then(
    () => console.log("written"), (error) => console.log(error.message));
`;

test("a header that the disk takes a part of only is not taken for written", async (t) => {
  const folder = await temporaryFolder(t);
  const { status, output } = behind("ulimit -f 64", longHeader, join(folder, "file.gguf"));
  assert.equal(status, 0, output);
  assert.match(output, /^Cannot write .*file\.gguf: EFBIG/m);
  assert.deepEqual(await readdir(folder), []);
});

test("damaged files are refused with the reason", async (t) => {
  const path = await tinyModel(t, { seed: 1 });
  const whole = await readFile(path);
  const damaged = join(dirname(path), "damaged.gguf");
  const refused = async (bytes: Uint8Array, reason: RegExp): Promise<void> => {
    await writeFile(damaged, bytes);
    await assert.rejects(openGguf(damaged), (error: unknown) => {
      assert.ok(error instanceof SyntaxError);
      assert.match(error.message, /damaged\.gguf/);
      assert.match(error.message, reason);
      return true;
    });
  };
  const changed = (at: number, bytes: readonly number[]): Uint8Array => {
    const copy = Uint8Array.from(whole);
    copy.set(bytes, at);
    return copy;
  };
  await refused(new Uint8Array(0), /ends at byte 0, inside the magic number/);
  await refused(Buffer.from("PK\u0003\u0004 not a model"), /does not begin with GGUF/);
  await refused(changed(4, [0, 0, 0, 3]), /version is 50331648/);
  await refused(changed(8, [255, 255, 255, 255, 255, 255, 255, 127]), /number of tensors is 9223372036854775807/);
  await refused(changed(16, [0, 0, 0, 0, 1, 0, 0, 0]), /number of metadata entries is 4294967296/);
  await refused(changed(24, [255, 255, 255, 255, 255]), /length of metadata key 0/);
  await refused(whole.subarray(0, 1000), /truncated|holds at most/);
  await refused(whole.subarray(0, whole.length - 4096), /tensor "output_norm.weight"|tensor "blk/);
  const name = Buffer.from(whole).indexOf("token_embd.weight") + "token_embd.weight".length;
  await refused(changed(name, [9]), /token_embd.weight" has 9 dimensions/);
  await refused(changed(name + 4, [0, 0]), /dimensions 0 x/);
  await refused(changed(name + 4 + 16, [99]), /storage type 99; understood are F32/);
  await truncate(damaged, 0);
});

test("a model is stored anew as Q8_0: matrices only, 8 bits of precision, the rest as it was", async (t) => {
  const path = await tinyModel(t, { seed: 1 });
  const target = join(dirname(path), "q8.gguf");
  await requantise(path, target, "Q8_0");
  const [source, copy] = [await openGguf(path), await openGguf(target)];
  assert.equal(copy.metadata.get("general.file_type")?.value, 7);
  assert.deepEqual(
    [...copy.metadata].filter(([key]) => key !== "general.file_type"),
    [...source.metadata].filter(([key]) => key !== "general.file_type"),
  );
  assert.deepEqual([...copy.tensors.keys()], [...source.tensors.keys()]);
  assert.equal(copy.tensors.get("output_norm.weight")?.type, "F32");
  assert.equal(copy.tensors.get("blk.0.attn_q.weight")?.type, "Q8_0");
  const [exact, rounded] = [
    await readTensor(source, "blk.1.ffn_down.weight"),
    await readTensor(copy, "blk.1.ffn_down.weight"),
  ];
  const largest = exact.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const error = exact.reduce((most, value, i) => Math.max(most, Math.abs(value - rounded[i]!)), 0);
  assert.ok(error > 0 && error <= (0.51 * largest) / 127);
});

test("rows that are not whole blocks stay 32-bit floats", async (t) => {
  const path = join(await temporaryFolder(t), "odd.gguf");
  await writeGguf(path, { metadata, tensors: [tensorFrom("odd", [6, 2], new Float32Array(12).fill(0.1))] });
  await requantise(path, `${path}.q8`, "Q8_0");
  const copy = await openGguf(`${path}.q8`);
  assert.equal(copy.tensors.get("odd")?.type, "F32");
  assert.deepEqual(await readTensor(copy, "odd"), new Float32Array(12).fill(0.1));
});

test("the same seed writes the same tiny model, another seed another", async (t) => {
  const files = await Promise.all([1, 1, 2].map(async (seed) => readFile(await tinyModel(t, { seed }))));
  assert.ok(files[0]!.equals(files[1]!));
  assert.ok(!files[0]!.equals(files[2]!));
});
