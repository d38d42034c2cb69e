import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { decoderOf, ggmlTypes, type GgmlTypeName } from "reclm/llm";

interface Decoding {
  readonly bytes: string;
  readonly sha256: string;
  readonly first: string;
}

// test/reference/llm/quantisation.py: random blocks, dequantised by gguf-py.
const reference = JSON.parse(readFileSync(join(process.cwd(), "test/reference/llm/quantisation.json"), "utf8")) as {
  readonly decode: Readonly<Record<string, Decoding>>;
};

for (const [type, expected] of Object.entries(reference.decode)) {
  test(`${type} blocks decode to gguf-py's values, bit for bit`, () => {
    const bytes = Buffer.from(expected.bytes, "base64");
    const { blockSize, blockBytes } = ggmlTypes[type as GgmlTypeName];
    const values = new Float32Array((bytes.length / blockBytes) * blockSize);
    decoderOf(type as GgmlTypeName)(bytes, values);
    const stored = Buffer.from(values.buffer);
    assert.deepEqual(stored.subarray(0, 128), Buffer.from(expected.first, "base64"));
    assert.equal(createHash("sha256").update(stored).digest("hex"), expected.sha256);
  });
}
