import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { appendFile, mkdir, mkdtemp, rm, rmdir, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { MissingInputError, rowOf } from "reclm/core";
import { EncodingCache, openTextEncoder } from "reclm/llm";

const model = join(process.cwd(), "data/models/all-MiniLM-L6-v2");
const isThere = existsSync(join(model, "onnx/model_quantized.onnx"));
const encoding = { timeout: 60_000, skip: isThere ? false : "the text encoder is not in data/models" };

// test/reference/llm/textEncoder.py: the same weights run by Python's onnxruntime.
const reference = JSON.parse(readFileSync(join(process.cwd(), "test/reference/llm/textEncoder.json"), "utf8")) as {
  readonly texts: readonly string[];
  readonly first: readonly (readonly number[])[];
  readonly cosines: readonly (readonly number[])[];
  /** Lengths of the means before they are scaled. */
  readonly norms: readonly number[];
};

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}

test("text vectors equal onnxruntime's, have length 1, and are kept on disk", encoding, async (t) => {
  const cacheFolder = await mkdtemp(join(tmpdir(), "reclm-encoder-"));
  t.after(() => rm(cacheFolder, { recursive: true }));
  const encoder = await openTextEncoder(model, { cacheFolder });
  t.after(() => encoder.dispose());
  const vectors = await encoder.encode(reference.texts);
  assert.deepEqual([vectors.rows, vectors.cols], [reference.texts.length, 384]);
  reference.first.forEach((numbers, r) => {
    numbers.forEach((value, c) => assert.ok(Math.abs(rowOf(vectors, r)[c]! - value) < 1e-4, `text ${r}, number ${c}`));
    reference.cosines[r]!.forEach((value, q) => {
      assert.ok(Math.abs(dot(rowOf(vectors, r), rowOf(vectors, q)) - value) < 1e-4, `texts ${r} and ${q}`);
    });
  });
  // Order, repetition and neighbours do not matter.
  const again = await encoder.encode([reference.texts[2]!, reference.texts[0]!, reference.texts[2]!]);
  assert.deepEqual(rowOf(again, 0), rowOf(vectors, 2));
  assert.deepEqual(rowOf(again, 1), rowOf(vectors, 0));
  assert.deepEqual(rowOf(again, 2), rowOf(vectors, 2));
  assert.deepEqual((await encoder.encode([])).rows, 0);
  const cache = await EncodingCache.open(cacheFolder, encoder.modelHash, 384);
  assert.equal(cache.size, reference.texts.length);
  assert.deepEqual(cache.get(reference.texts[1]!), rowOf(vectors, 1));
});

test("unscaled vectors are the means themselves, under a name of their own", encoding, async (t) => {
  const [scaled, unscaled] = [await openTextEncoder(model), await openTextEncoder(model, { scaled: false })];
  t.after(() => Promise.all([scaled.dispose(), unscaled.dispose()]));
  assert.notEqual(scaled.modelHash, unscaled.modelHash);
  const [units, means] = [await scaled.encode(reference.texts), await unscaled.encode(reference.texts)];
  reference.norms.forEach((norm, r) => {
    rowOf(units, r).forEach((value, c) => assert.ok(Math.abs(rowOf(means, r)[c]! - norm * value) < 1e-4));
  });
});

test("a stopped encoding keeps what it has and rejects with the reason", encoding, async (t) => {
  const cacheFolder = await mkdtemp(join(tmpdir(), "reclm-encoder-"));
  t.after(() => rm(cacheFolder, { recursive: true }));
  const encoder = await openTextEncoder(model, { cacheFolder });
  t.after(() => encoder.dispose());
  const stop = new AbortController();
  const job = encoder.encode(["one", "two", "three"], {
    signal: stop.signal,
    progress: ({ done }) => {
      if (done === 2) stop.abort(new Error("enough"));
    },
  });
  await assert.rejects(job, /enough/);
  assert.equal((await EncodingCache.open(cacheFolder, encoder.modelHash, 384)).size, 2);
});

test("where nothing can be kept the reason of a stop is still told", encoding, async (t) => {
  const cacheFolder = await mkdtemp(join(tmpdir(), "reclm-encoder-"));
  const encoder = await openTextEncoder(model, { cacheFolder });
  t.after(() => encoder.dispose());
  const stop = new AbortController();
  const reason = new Error("enough");
  await rm(cacheFolder, { recursive: true });
  const job = encoder.encode(["one", "two"], { signal: stop.signal, progress: () => stop.abort(reason) });
  await assert.rejects(job, (error) => error === reason);
  await assert.rejects(encoder.encode(["one"]), /ENOENT/);
});

test("a missing folder is named with the file", async () => {
  await assert.rejects(openTextEncoder("no/such/folder"), (error: unknown) => {
    assert.ok(error instanceof MissingInputError);
    assert.match(error.message, /config\.json of the text encoder no\/such\/folder/);
    return true;
  });
});

test("a cache file torn by a kill loses only its last record", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "reclm-cache-"));
  t.after(() => rm(folder, { recursive: true }));
  const cache = await EncodingCache.open(folder, "0123456789abcdef", 3);
  await cache.add([
    ["a", Float32Array.of(1, 2, 3)],
    ["b", Float32Array.of(4, 5, 6)],
  ]);
  await appendFile(cache.path, Buffer.alloc(17, 1));
  const reopened = await EncodingCache.open(folder, "0123456789abcdef", 3);
  assert.equal(reopened.size, 2);
  assert.deepEqual(reopened.get("b"), Float32Array.of(4, 5, 6));
  assert.equal(reopened.get("c"), undefined);
  await assert.rejects(reopened.add([["c", Float32Array.of(1)]]), RangeError);
  await reopened.add([["c", Float32Array.of(7, 8, 9)]]);
  assert.notEqual(reopened.path, cache.path, "an addition never follows a torn record");
  const third = await EncodingCache.open(folder, "0123456789abcdef", 3);
  assert.equal(third.size, 3);
  assert.deepEqual(third.get("c"), Float32Array.of(7, 8, 9));
});

test("a vector that was not written is not there, and is written when it comes again", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "reclm-cache-"));
  t.after(() => rm(folder, { recursive: true }));
  const cache = await EncodingCache.open(folder, "0123456789abcdef", 1);
  const entry = ["a", Float32Array.of(1)] as const;
  await mkdir(cache.path);
  await assert.rejects(cache.add([entry]), /EISDIR/);
  assert.equal(cache.get("a"), undefined);
  await rmdir(cache.path);
  await cache.add([entry, entry]);
  assert.deepEqual(cache.get("a"), entry[1]);
  assert.equal((await stat(cache.path)).size, 36, "one record");
});

test("processes that keep vectors of one model at once lose none and mix none", { timeout: 60_000 }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "reclm-cache-"));
  t.after(() => rm(folder, { recursive: true }));
  const code = `
    const [name, folder] = process.argv.slice(1);
    const { EncodingCache } = require("reclm/llm");
    (async () => {
      const cache = await EncodingCache.open(folder, "0123456789abcdef", 384);
      for (let round = 0; round < 8; round++) {
        const entries = Array.from({ length: 100 }, (_, i) => [name + (100 * round + i), new Float32Array(384).fill(100 * round + i)]);
        await cache.add(entries);
      }
    })();`;
  const children = ["a", "b", "c"].map((name) =>
    spawn(process.execPath, ["-e", code, name, folder], { stdio: ["ignore", "ignore", "inherit"] }),
  );
  assert.deepEqual(
    await Promise.all(children.map(async (child) => (await once(child, "exit"))[0] as unknown)),
    [0, 0, 0],
  );
  const cache = await EncodingCache.open(folder, "0123456789abcdef", 384);
  assert.equal(cache.size, 3 * 800);
  for (const name of ["a", "b", "c"]) {
    for (let i = 0; i < 800; i++) assert.deepEqual(cache.get(`${name}${i}`), new Float32Array(384).fill(i));
  }
});
