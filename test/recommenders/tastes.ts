// Sixty users of three tastes, a hundred items whose taste stands in their texts.
import { csrOfPairs, matrixOf, prngOf, randomNormal } from "reclm/core";
import type { Evaluation, TrainView } from "reclm/data";

export const users = 60;
export const items = 100;

/** Users of three tastes; an item's taste stands in its text. Items from 80 on are cold. */
function tastes() {
  const prng = prngOf(3, "tastes");
  const train: [number, number][] = [];
  const held: [number, number][] = [];
  const cold: [number, number][] = [];
  for (let u = 0; u < users; u++) {
    for (let i = u % 3; i < items; i += 3) {
      if (prng() < 0.5) continue;
      if (i >= 80) cold.push([u, i]);
      else if (prng() < 0.25) held.push([u, i]);
      else train.push([u, i]);
    }
  }
  const text = matrixOf(
    items,
    8,
    new Float32Array(items * 8).map(() => 0.3 * randomNormal(prng)),
  );
  for (let i = 0; i < items; i++) text.data[i * 8 + (i % 3)]! += 1;
  return { train, held, cold, text };
}

export const csr = (pairs: readonly (readonly [number, number])[]) =>
  csrOfPairs(
    users,
    items,
    pairs.map(([u]) => u),
    pairs.map(([, i]) => i),
  );
export const range = (from: number, to: number): Int32Array =>
  Int32Array.from({ length: to - from }, (_, i) => from + i);
export const { train, held, cold, text } = tastes();
export const fullShot: Evaluation = { positives: csr(held), masked: csr(train), candidates: range(0, 100) };
export const zeroShot: Evaluation = { positives: csr(cold), masked: csr(train), candidates: range(80, 100) };
export const view: TrainView = {
  userCount: users,
  itemCount: items,
  train: csr(train),
  warmItems: range(0, 80),
  validation: { fullShot, zeroShot },
};
export const options = { seed: 5, batch: 128, learningRate: 0.01 };
export const features = { itemText: text };
