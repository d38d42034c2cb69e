// Expected values: SHA-256 of "", "abc", the 448-bit message and a million "a" are NIST's examples (FIPS 180-2, appendix B).
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { canonicalJson, hashBytes, hashFile, hashJson, type Json } from "reclm/core";
import { temporaryFolder } from "../scripts/project";

const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const long = "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1";
const millionAs = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

test("hashBytes() is SHA-256 of text and of bytes", () => {
  assert.equal(hashBytes(""), empty);
  assert.equal(hashBytes("abc"), abc);
  assert.equal(hashBytes(Uint8Array.of(97, 98, 99)), abc);
  assert.equal(hashBytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"), long);
});

test("hashFile() reads a file of many pieces, and an empty one", async (t) => {
  const folder = temporaryFolder(t);
  await writeFile(join(folder, "million"), "a".repeat(1_000_000));
  await writeFile(join(folder, "empty"), "");
  assert.equal(await hashFile(join(folder, "million")), millionAs);
  assert.equal(await hashFile(join(folder, "empty")), empty);
  await assert.rejects(hashFile(join(folder, "none")), /ENOENT/);
});

test("canonicalJson() has one text for one value", () => {
  assert.equal(canonicalJson({ b: [1, { d: null, c: "é\n" }], a: true }), '{"a":true,"b":[1,{"c":"é\\n","d":null}]}');
  assert.equal(canonicalJson({ a: undefined, b: 1 }), canonicalJson({ b: 1 }));
  assert.equal(canonicalJson([]), "[]");
  assert.equal(canonicalJson(-0), "0");
  assert.equal(canonicalJson(1e21), "1e+21");
  // By code unit, whatever the language of the machine: "Z" before "a" before "é".
  assert.equal(canonicalJson({ é: 1, a: 2, Z: 3 }), '{"Z":3,"a":2,"é":1}');
});

test("hashJson() is SHA-256 of the canonical text, and tells values apart", () => {
  assert.equal(hashJson({ b: 2, a: 1 }), hashBytes('{"a":1,"b":2}'));
  const values: readonly Json[] = [1, "1", [1], ["1"], { a: 1 }, { a: "1" }, null, [], {}, [[]], "", false, 0];
  assert.equal(new Set(values.map(hashJson)).size, values.length);
});

test("numbers that JSON cannot hold are refused, wherever they stand", () => {
  for (const bad of [NaN, Infinity, -Infinity]) {
    assert.throws(() => canonicalJson(bad), { name: "RangeError", message: /Cannot write .* as JSON/ });
    assert.throws(() => hashJson({ deep: [{ value: bad }] }), RangeError);
  }
});
