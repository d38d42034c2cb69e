// Expected values: PractRand's own output (pre0.95, `RNG_output sfc32 64 SEED`, as published with the Rust crate sfc-prng,
// sorairolake/sfc-rs, src/sfc32.rs), and test/reference/core/prng.py (Python's hashlib and integers).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  prngOf,
  randomInt,
  randomNormal,
  randomPermutation,
  sampled,
  seedOf,
  sfc32,
  shuffled,
  type Prng,
  type PrngLabel,
} from "reclm/core";

interface Reference {
  readonly streams: readonly { readonly path: readonly [number, ...PrngLabel[]]; readonly words: readonly number[] }[];
  readonly integers: readonly number[];
  readonly normals: readonly number[];
  readonly permutation: readonly number[];
}

const file = join(__dirname, "../../../test/reference/core/prng.json");
const reference = JSON.parse(readFileSync(file, "utf8")) as Reference;

/** The 32-bit words behind the next numbers. */
function words(prng: Prng, count: number): readonly number[] {
  return Array.from({ length: count }, () => prng() * 4294967296);
}

test("sfc32() gives PractRand's numbers", () => {
  const zero = [0x514676c3, 0x08a809df, 0x30349d2b, 0xfb52c520, 0x38802be1, 0x948279e6, 0xec4bf1d9, 0x7cb0a909];
  assert.deepEqual(words(sfc32(0, 0, 0, 1), 8), zero);
  const other = [0x84712d97, 0xf5a3d9c8, 0x5cd0a295, 0x35e05b54, 0x4c627ca1, 0x33a043e2, 0xb6113c67, 0x7cab9699];
  assert.deepEqual(words(sfc32(0, 0x89abcdef, 0x01234567, 1), 8), other);
});

test("prngOf() names a stream by seed and path, as Python computes it", () => {
  for (const { path, words: expected } of reference.streams) {
    const [seed, ...labels] = path;
    assert.deepEqual(words(prngOf(seed, ...labels), 8), expected, JSON.stringify(path));
    assert.equal(seedOf(seed, ...labels), expected[0]);
  }
});

test("a stream depends on its whole path, not on when it is made", () => {
  const paths: readonly (readonly PrngLabel[])[] = [[], ["a"], ["b"], ["a", "b"], ["ab"], ["a", 1], ["a", "1"]];
  const first = (path: readonly PrngLabel[]): number => prngOf(1, ...path)();
  const numbers = paths.map(first);
  assert.equal(new Set([...numbers, prngOf(2)()]).size, paths.length + 1);
  assert.deepEqual([...paths].reverse().map(first), [...numbers].reverse());
});

test("integers, normal numbers and permutations, as Python computes them", () => {
  const prng = prngOf(5, "integers");
  assert.deepEqual(
    [1, 2, 10, 1000, 2 ** 31].map((n) => randomInt(prng, n)),
    reference.integers,
  );
  const normal = prngOf(5, "normals");
  for (const expected of reference.normals) assert.ok(Math.abs(randomNormal(normal) - expected) < 1e-14);
  assert.deepEqual([...randomPermutation(12, prngOf(5, "order"))], reference.permutation);
  const letters = Array.from("abcdefghijkl");
  const inOrder = reference.permutation.map((at) => letters[at]!);
  assert.deepEqual(shuffled(letters, prngOf(5, "order")), inOrder);
  assert.deepEqual(sampled(letters, 3, prngOf(5, "order")), inOrder.slice(0, 3));
  assert.equal(letters.join(""), "abcdefghijkl", "the argument is left as it was");
});

test("uniform, normal and shuffled numbers spread as they should", () => {
  const prng = prngOf(3, "spread");
  const counts = new Int32Array(10);
  for (let n = 0; n < 100_000; n++) counts[randomInt(prng, 10)]! += 1;
  const chiSquare = counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
  assert.ok(chiSquare < 27.88, `9 degrees of freedom, p < .001: ${chiSquare}`);
  let [sum, squares] = [0, 0];
  for (let n = 0; n < 100_000; n++) {
    const value = randomNormal(prng);
    sum += value;
    squares += value * value;
  }
  assert.ok(Math.abs(sum / 100_000) < 3.3 / Math.sqrt(100_000), `mean ${sum / 100_000}`);
  assert.ok(Math.abs(squares / 100_000 - 1) < 3.3 * Math.sqrt(2 / 100_000), `variance ${squares / 100_000}`);
  const orders = new Map<string, number>();
  for (let n = 0; n < 24_000; n++) {
    const order = randomPermutation(4, prng).join("");
    orders.set(order, (orders.get(order) ?? 0) + 1);
  }
  const unevenness = [...orders.values()].reduce((total, count) => total + (count - 1000) ** 2 / 1000, 0);
  assert.equal(orders.size, 24);
  assert.ok(unevenness < 49.73, `23 degrees of freedom, p < .001: ${unevenness}`);
});

test("limits: nothing, one, and more than there is", () => {
  const prng = prngOf(1);
  assert.deepEqual(shuffled([], prng), []);
  assert.deepEqual([...randomPermutation(0, prng)], []);
  assert.deepEqual([...randomPermutation(1, prng)], [0]);
  assert.equal(randomInt(prng, 1), 0);
  assert.equal(
    randomInt(() => 1 - 2 ** -32, 7),
    6,
    "the largest number stays below the bound",
  );
  assert.ok(Number.isFinite(randomNormal(() => 1 - 2 ** -32)));
  assert.ok(Number.isFinite(randomNormal(() => 0)));
  for (const bound of [0, -1, NaN]) assert.throws(() => randomInt(prng, bound), RangeError);
  assert.deepEqual(sampled([1, 2], 0, prng), []);
  assert.throws(() => sampled([1, 2], 3, prng), { name: "RangeError", message: /Cannot sample 3 values: only 2/ });
});
