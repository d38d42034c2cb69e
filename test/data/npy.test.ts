// Expected values: test/reference/data/npy_numpy.py (numpy.save).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { ByteInputError } from "reclm/core";
import { integersOfArray, matrixOfArray, readNpy, writeNpy } from "reclm/data";
import { folderWith } from "./folder";

interface Case {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly number[];
  readonly data: readonly (number | string | boolean)[];
  readonly file: string;
  /** Whether this project's writer makes the same bytes: C order, little endian, version 1. */
  readonly plain: boolean;
}

const reference = JSON.parse(readFileSync(join(__dirname, "../../../test/reference/data/npy_numpy.json"), "utf8")) as {
  readonly cases: readonly Case[];
  readonly refused: readonly Pick<Case, "name" | "file">[];
};

for (const { name, type, shape, data, file, plain } of reference.cases) {
  test(`${name}: read as numpy wrote it, and written byte for byte alike`, async (context) => {
    const bytes = Buffer.from(file, "base64");
    const folder = await folderWith(context, { "a.npy": bytes });
    const array = await readNpy(join(folder, "a.npy"));
    assert.deepEqual([array.type, array.shape], [type, shape]);
    const entries = Array.from<number | bigint, string>(array.data, String);
    assert.deepEqual(
      entries,
      data.map((entry) => String(typeof entry === "boolean" ? Number(entry) : entry)),
    );
    if (!plain || type === "b1") return;
    await writeNpy(join(folder, "b.npy"), shape, array.data);
    assert.deepEqual(await readFile(join(folder, "b.npy")), bytes);
  });
}

async function refused(folder: string, bytes: Uint8Array, reason: RegExp): Promise<void> {
  await writeFile(join(folder, "bad.npy"), bytes);
  await assert.rejects(readNpy(join(folder, "bad.npy")), (error: unknown) => {
    assert.ok(error instanceof ByteInputError, String(error));
    assert.ok(error.message.startsWith(`Cannot read ${join(folder, "bad.npy")}, byte `), error.message);
    assert.match(error.message, reason);
    return true;
  });
}

test("objects, texts, structures and other widths are refused", async (context) => {
  const folder = await folderWith(context, {});
  for (const { file } of reference.refused) {
    await refused(folder, Buffer.from(file, "base64"), /descr: type .* is none of|header: .* describes no plain array/);
  }
});

test("truncated, extended and broken files are refused", async (context) => {
  const folder = await folderWith(context, {});
  const bytes = Buffer.from(reference.cases[0]!.file, "base64");
  await refused(folder, Buffer.alloc(0), /it is no npy file/);
  await refused(folder, bytes.subarray(0, 8), /header: the file ends in it/);
  await refused(folder, bytes.subarray(0, 60), /the file ends in it: it goes to byte 128/);
  await refused(folder, bytes.subarray(0, bytes.length - 1), /takes 48 bytes, the file has 47/);
  await refused(folder, Buffer.concat([bytes, Buffer.from("x")]), /takes 48 bytes, the file has 49/);
  const changed = (from: string, to: string): Buffer =>
    Buffer.from(bytes.toString("latin1").replace(from, to), "latin1");
  await refused(folder, changed("\x93", "x"), /magic: it is no npy file/);
  await refused(folder, changed("NUMPY\x01", "NUMPY\x09"), /version: 9/);
  await refused(folder, changed("(3, 4)", "(3,,4)"), /is no shape/);
  await refused(folder, changed("(3, 4), ", "(99999999999999999999, 9),"), /no plain array|no shape/);
  await refused(folder, changed("False", "Maybe"), /no plain array/);
  const long = Buffer.concat([Buffer.from("\x93NUMPY\x02\x00\xff\xff\xff\xff", "latin1"), Buffer.alloc(99)]);
  await refused(folder, long, /4294967295 bytes are too long/);
});

test("arrays as matrices and integers", async (context) => {
  const folder = await folderWith(context, {});
  const file = join(folder, "a.npy");
  await writeNpy(file, [2, 2], Float64Array.of(1, 2.5, 3, 4));
  assert.deepEqual(matrixOfArray(await readNpy(file)), { rows: 2, cols: 2, data: Float32Array.of(1, 2.5, 3, 4) });
  await writeNpy(file, [2], BigInt64Array.of(5n, -6n));
  assert.deepEqual(integersOfArray(await readNpy(file)), Int32Array.of(5, -6));
  assert.throws(
    () => matrixOfArray({ kind: "array", type: "i8", shape: [2], data: BigInt64Array.of(1n, 2n) }),
    TypeError,
  );
  await writeNpy(file, [1], BigInt64Array.of(2n ** 40n));
  const large = await readNpy(file);
  assert.throws(() => integersOfArray(large), /Cannot read 1099511627776 as a 32-bit integer/);
  await assert.rejects(
    writeNpy(file, [3], Float32Array.of(1)),
    /Cannot write .*: 1 numbers do not fill the shape \(3\)/,
  );
});
