import { prngOf, randomPermutation } from "../core";

/**
 * Which examples step `step` (from 0) sees, `size` of them: the examples are drawn without replacement, in an order of its own
 * for each epoch, and a step may run over the end of an epoch into the next.
 *
 * A pure function of its arguments, so that a resumed run sees the same examples.
 */
export function examplesOfStep(count: number, size: number, step: number, seed: number): number[] {
  if (!(count >= 1)) throw new RangeError("Cannot choose examples: there are none");
  const orders = new Map<number, Int32Array>();
  return Array.from({ length: size }, (_, i) => {
    const place = step * size + i;
    const epoch = Math.floor(place / count);
    const order = orders.get(epoch) ?? randomPermutation(count, prngOf(seed, "epoch", epoch));
    orders.set(epoch, order);
    return order[place % count]!;
  });
}
