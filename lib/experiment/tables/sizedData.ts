import { csrOfPairs, matrixOf, prngOf, randomInt, randomNormal, type Matrix, type Prng } from "../../core";
import { usedColumns } from "../../data";
import type { Features, TrainingSet } from "../../recommenders";
import { canHold, type DataSize } from "../presets/dataSize";

/**
 * A training set of a given size for timing: every user and every item has a pair, the rest follow a long tail of users and of
 * items. What an epoch costs depends on the size, not on who likes what.
 */
export function sizedTrainingSet(size: DataSize, seed: number): TrainingSet {
  const { users, items, pairs } = size;
  if (!canHold(size)) {
    throw new RangeError(`Cannot make ${pairs} pairs of ${users} users and ${items} items: too few or more than half`);
  }
  const prng = prngOf(seed, "sized pairs");
  const keys = new Set<number>();
  for (let user = 0; user < users; user++) keys.add(user * items + randomInt(prng, items));
  for (let item = 0; item < items; item++) keys.add(randomInt(prng, users) * items + item);
  while (keys.size < pairs) {
    const user = Math.floor(users * prng() ** 1.7);
    keys.add(user * items + Math.floor(items * prng() ** 2.2));
  }
  const all = Float64Array.from(keys);
  const rowsOf = Int32Array.from(all, (key) => Math.floor(key / items));
  const columnsOf = Int32Array.from(all, (key) => key % items);
  const train = csrOfPairs(users, items, rowsOf, columnsOf);
  return { userCount: users, itemCount: items, train, warmItems: usedColumns(train) };
}

/** Placeholder vectors of the paper's width, 768, in the place of texts and profiles: seconds do not depend on the words. */
export function placeholderFeatures({ users, items }: DataSize, seed: number): Features {
  const rows = (count: number, what: string): Matrix => normals(count, 768, prngOf(seed, "placeholder", what));
  return { itemText: rows(items, "texts"), userProfiles: rows(users, "users"), itemProfiles: rows(items, "items") };
}

function normals(rows: number, cols: number, prng: Prng): Matrix {
  // A block of draws, repeated with an offset: the same arithmetic costs a tenth of the time.
  const draws = Float32Array.from({ length: 65_537 }, () => randomNormal(prng) / 2);
  return matrixOf(
    rows,
    cols,
    Float32Array.from({ length: rows * cols }, (_, at) => draws[at % draws.length]!),
  );
}
