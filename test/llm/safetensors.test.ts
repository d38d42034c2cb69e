import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "node:test";
import { readSafetensors, type SafetensorsTensor, writeSafetensors } from "reclm/llm";
import { temporaryFolder } from "../support/tinyModel";

interface ReferenceFile {
  readonly file: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: Readonly<Record<string, { readonly shape: readonly number[]; readonly values: string }>>;
}

// test/reference/llm/safetensors_files.py: files of the safetensors package, with what it reads in them.
const reference = JSON.parse(
  readFileSync(join(process.cwd(), "test/reference/llm/safetensors_files.json"), "utf8"),
) as Readonly<Record<string, ReferenceFile>>;

function bytesOf(values: Float32Array): Buffer {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
}

/** A file of a given header and data, its length written as it is unless told otherwise. */
function fileOf(header: string | Uint8Array, data: number, length?: bigint): Buffer {
  const json = Buffer.from(header);
  const first = Buffer.alloc(8);
  first.writeBigUInt64LE(length ?? BigInt(json.length));
  return Buffer.concat([first, json, Buffer.alloc(data)]);
}

for (const name of ["F32", "mixed", "no metadata", "empty"]) {
  test(`readSafetensors() reads the package's file "${name}" bit for bit`, async (t) => {
    const path = join(await temporaryFolder(t), "file.safetensors");
    const expected = reference[name]!;
    await writeFile(path, Buffer.from(expected.file, "base64"));
    const { metadata, tensors } = await readSafetensors(path);
    assert.deepEqual(Object.fromEntries(metadata), expected.metadata);
    assert.deepEqual([...tensors.keys()].sort(), Object.keys(expected.tensors).sort());
    for (const [tensor, { shape, values }] of Object.entries(expected.tensors)) {
      assert.deepEqual(tensors.get(tensor)!.shape, shape);
      assert.deepEqual(bytesOf(tensors.get(tensor)!.values), Buffer.from(values, "base64"), tensor);
    }
  });
}

test("writeSafetensors() writes the bytes that the package writes", async (t) => {
  const folder = await temporaryFolder(t);
  for (const name of ["F32", "no metadata", "empty"]) {
    const { file, metadata, tensors } = reference[name]!;
    // Inserted in another order than that of the file.
    const content = Object.entries(tensors).reverse();
    const path = join(folder, `${name}.safetensors`);
    await writeSafetensors(path, {
      metadata: new Map(Object.entries(metadata)),
      tensors: new Map(
        content.map(([tensor, { shape, values }]) => {
          const bytes = new Uint8Array(Buffer.from(values, "base64"));
          return [tensor, { shape, values: new Float32Array(bytes.buffer) }];
        }),
      ),
    });
    assert.deepEqual(await readFile(path), Buffer.from(file, "base64"), name);
  }
});

test("a file reads back as written, odd names and views of larger arrays included", async (t) => {
  const path = join(await temporaryFolder(t), "file.safetensors");
  const numbers = Float32Array.from({ length: 12 }, (_, i) => i / 7);
  const tensors = new Map<string, SafetensorsTensor>([
    ["__proto__", { shape: [2], values: numbers.subarray(3, 5) }],
    ["10", { shape: [2, 3], values: numbers.subarray(1, 7) }],
    ['a "quoted": {name}\\', { shape: [], values: numbers.subarray(2, 3) }],
    ["z", { shape: [0], values: new Float32Array(0) }],
  ]);
  const metadata = new Map([["format", "pt"]]);
  await writeSafetensors(path, { metadata, tensors });
  assert.deepEqual(await readSafetensors(path), { metadata, tensors });
});

test("writeSafetensors() refuses a shape that is not the values', and leaves no file", async (t) => {
  const folder = await temporaryFolder(t);
  const write = (name: string): Promise<void> =>
    writeSafetensors(join(folder, "bad.safetensors"), {
      metadata: new Map(),
      tensors: new Map([[name, { shape: [2, 2], values: new Float32Array(3) }]]),
    });
  await assert.rejects(write("w"), /bad\.safetensors: tensor "w" of shape \[2,2\] has 3 values/);
  await assert.rejects(write("__metadata__"), /cannot be called __metadata__/);
  assert.deepEqual(await readdir(folder), []);
});

test("every truncation of a file is refused", async (t) => {
  const path = join(await temporaryFolder(t), "cut.safetensors");
  const whole = Buffer.from(reference["mixed"]!.file, "base64");
  for (let length = 0; length < whole.length; length++) {
    await writeFile(path, whole.subarray(0, length));
    await assert.rejects(readSafetensors(path), { name: "SyntaxError", message: /Cannot read .*cut\.safetensors: / });
  }
  await writeFile(path, Buffer.concat([whole, Buffer.alloc(1)]));
  await assert.rejects(readSafetensors(path), /end at byte 120 of the data, the file at 121/);
});

const tensor = (shape: string, begin: string, end: string): string =>
  `{"dtype":"F32","shape":${shape},"data_offsets":[${begin},${end}]}`;

const hostile: readonly (readonly [what: string, file: Buffer, reason: RegExp])[] = [
  ["a header longer than the file", fileOf("{}", 0, 3n), /said to have 3 bytes, the rest has 2/],
  ["a header of 2^63 bytes", fileOf("{}", 0, 2n ** 63n), /said to have 9223372036854775808 bytes, above 100000000/],
  ["no JSON", fileOf("{", 0), /not JSON in UTF-8/],
  ["no UTF-8", fileOf(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d), 0), /not JSON in UTF-8/],
  ["a list", fileOf("[]", 0), /not a JSON object/],
  ["space before the header", fileOf(" {}", 0), /not a JSON object/],
  ["a number for a tensor", fileOf('{"w":1}', 0), /tensor "w" is not described by an object/],
  ["metadata that are no texts", fileOf('{"__metadata__":{"a":1}}', 0), /"a" of its __metadata__ is not a text/],
  ["metadata that are a list", fileOf('{"__metadata__":[]}', 0), /__metadata__ is not an object/],
  ["an inherited name for a type", fileOf('{"w":{"dtype":"toString"}}', 0), /tensor "w" has dtype "toString"/],
  ["no type", fileOf('{"w":{"shape":[1],"data_offsets":[0,4]}}', 4), /tensor "w" has dtype undefined/],
  ["a size below 0", fileOf(`{"w":${tensor("[-1]", "0", "4")}}`, 4), /tensor "w" has shape \[-1\]/],
  ["a size that is no integer", fileOf(`{"w":${tensor("[0.5]", "0", "2")}}`, 2), /tensor "w" has shape \[0\.5\]/],
  ["sizes whose product overflows", fileOf(`{"w":${tensor("[4294967296,4294967296]", "0", "0")}}`, 0), /has shape/],
  ["more values than bytes", fileOf(`{"w":${tensor("[2]", "0", "4")}}`, 4), /of shape \[2\] has 4 bytes; F32 takes 8/],
  ["an offset behind the file", fileOf(`{"w":${tensor("[2]", "0", "8")}}`, 4), /bytes 0 to 8 of 4 bytes of data/],
  ["an offset below 0", fileOf(`{"w":${tensor("[1]", "-4", "0")}}`, 4), /data_offsets \[-4,0\]/],
  ["offsets in the wrong order", fileOf(`{"w":${tensor("[1]", "4", "0")}}`, 4), /bytes 4 to 0/],
  ["one offset", fileOf('{"w":{"dtype":"F32","shape":[1],"data_offsets":[0]}}', 4), /data_offsets \[0\], not two/],
  [
    "tensors that overlap",
    fileOf(`{"v":${tensor("[2]", "0", "8")},"w":${tensor("[2]", "4", "12")}}`, 12),
    /tensor "w" begins at byte 4, inside/,
  ],
  [
    "tensors that share all bytes",
    fileOf(`{"v":${tensor("[1]", "0", "4")},"w":${tensor("[1]", "0", "4")}}`, 4),
    /inside the tensor before it/,
  ],
  [
    "bytes between tensors",
    fileOf(`{"v":${tensor("[1]", "0", "4")},"w":${tensor("[1]", "8", "12")}}`, 12),
    /bytes 4 to 8, before tensor "w", belong to no tensor/,
  ],
  [
    "a name twice, spelt in two ways",
    fileOf(`{"w":${tensor("[1]", "0", "4")},"\\u0077":${tensor("[1]", "0", "4")}}`, 4),
    /header has "\\u0077" twice/,
  ],
];

for (const [what, bytes, reason] of hostile) {
  test(`readSafetensors() refuses ${what}`, async (t) => {
    const path = join(await temporaryFolder(t), "hostile.safetensors");
    await writeFile(path, bytes);
    await assert.rejects(readSafetensors(path), { name: "SyntaxError", message: reason });
    await assert.rejects(readSafetensors(path), /Cannot read .*hostile\.safetensors: /);
  });
}

test("readSafetensors() names the tensor of a type it does not know", async (t) => {
  const path = join(await temporaryFolder(t), "integers.safetensors");
  await writeFile(path, Buffer.from(reference["other type"]!.file, "base64"));
  await assert.rejects(readSafetensors(path), /tensor "x" has dtype "I64"; understood are F32, F16, BF16/);
});
