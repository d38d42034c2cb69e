// Expected: scikit-learn's TfidfVectorizer and numpy's SVD, test/reference/recommenders/latent_text_sklearn.py.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { prngOf, rowOf } from "reclm/core";
import { latentText, tfIdf } from "reclm/recommenders";

interface Reference {
  readonly texts: readonly string[];
  readonly terms: readonly string[];
  readonly weights: readonly (readonly number[])[];
  readonly k: number;
  readonly inner: readonly (readonly number[])[];
  readonly columns: readonly (readonly number[])[];
}

const path = join(__dirname, "../../../../test/reference/recommenders/latent_text_sklearn.json");
const reference = JSON.parse(readFileSync(path, "utf8")) as Reference;
const near = (found: number, expected: number, tolerance: number, what: string): void =>
  assert.ok(Math.abs(found - expected) <= tolerance, `${what}: ${found}, expected ${expected}`);

test("tfIdf() has scikit-learn's terms and weights", () => {
  const { rows, terms, starts, columns, values } = tfIdf(reference.texts);
  assert.equal(rows, reference.texts.length);
  assert.deepEqual(terms, reference.terms);
  for (let r = 0; r < rows; r++) {
    const dense = new Array<number>(terms.length).fill(0);
    for (let e = starts[r]!; e < starts[r + 1]!; e++) dense[columns[e]!] = values[e]!;
    dense.forEach((value, c) => near(value, reference.weights[r]![c]!, 1e-6, `text ${r}, ${terms[c]}`));
  }
});

test("latentText() spans numpy's leading singular vectors: the same inner products, the same columns but for signs", async () => {
  const { k } = reference;
  const features = await latentText(tfIdf(reference.texts), k, { length: 15, prng: prngOf(1, "latent") });
  assert.deepEqual([features.rows, features.cols], [reference.texts.length, k]);
  for (let a = 0; a < features.rows; a++) {
    reference.columns[a]!.forEach((value, c) => near(Math.abs(rowOf(features, a)[c]!), value, 2e-2, `${a}, ${c}`));
    for (let b = 0; b < features.rows; b++) {
      const product = rowOf(features, a).reduce((sum, value, c) => sum + value * rowOf(features, b)[c]!, 0);
      near(product, reference.inner[a]![b]!, 2e-2, `inner product of ${a} and ${b}`);
    }
  }
});

test("latentText() refuses more features than texts, and a text without words is a row of zeros", async () => {
  const weights = tfIdf(["blue car", "", "blue sea"]);
  const options = { length: 15, prng: prngOf(1, "latent") };
  await assert.rejects(latentText(weights, 4, options), { name: "RangeError", message: /there are 3 texts/ });
  const features = await latentText(weights, 2, options);
  assert.deepEqual([...rowOf(features, 1)], [0, 0]);
  near(Math.hypot(...rowOf(features, 0)), 15, 1e-4, "length");
});

test("latentText() leaves no tensor, finished or interrupted in the middle", async () => {
  const { loadTf } = require("../../../../lib/dist/core/tf.js") as typeof import("../../../lib/dist/core/tf.js");
  const held = (): number => loadTf().memory().numTensors;
  const weights = tfIdf(reference.texts);
  const before = held();
  await latentText(weights, 2, { length: 15, prng: prngOf(1, "latent") });
  assert.equal(held(), before);
  for (const turn of [2, 4]) {
    let turns = 0;
    const signal = {
      throwIfAborted: () => {
        if (++turns === turn) throw new Error("enough");
      },
    };
    const options = { length: 15, prng: prngOf(1, "latent"), signal: signal as AbortSignal };
    await assert.rejects(latentText(weights, 2, options), /enough/);
    assert.equal(held(), before, `interrupted at turn ${turn}`);
  }
});
