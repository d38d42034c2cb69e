import { prngOf, sampled, type Csr } from "../core";
import type { Evaluation, TrainView } from "./evaluation";
import { flags, keepEntries, minus, usedColumns } from "./pairs";
import type { Split, TestView } from "./split";
import { checkShares } from "./timeOrder";

/** What the test pairs are asked for in both settings; the only thing made from them. */
export function testViewOf(split: Split): TestView {
  const isCold = flags(split.itemCount, split.coldItems);
  const fullShot = { positives: split.test, masked: split.known, candidates: split.testItems };
  const positives = keepEntries(split.test, (_, item) => isCold[item] === 1);
  return { fullShot, zeroShot: { positives, masked: split.known, candidates: split.coldItems } };
}

/** The same test for these users alone. */
export function testViewOfUsers({ fullShot, zeroShot }: TestView, users: readonly number[]): TestView {
  const wanted = new Set(users);
  const of = <View extends TestView["fullShot"]>(view: View): View => ({
    ...view,
    positives: keepEntries(view.positives, (user) => wanted.has(user)),
  });
  return { fullShot: of(fullShot), zeroShot: of(zeroShot) };
}

/** How validation is cut out of training. */
export interface ValidationOptions {
  readonly seed: number;
  /** Share of the warm items that are cold for validation: absent from the cut's training. Default 0.2. */
  readonly coldShare?: number;
}

/**
 * Training and validation for choosing epochs: `validation` pairs are held out, and a share of the warm items, drawn by seed, is
 * left out of training entirely, so that the zero-shot setting can be validated too. Test pairs and the split's own cold items
 * are in none of it.
 */
export function validationCut(split: Split, { seed, coldShare = 0.2 }: ValidationOptions): TrainView {
  checkShares({ coldShare });
  const cold = sampled(
    split.warmItems,
    Math.round(coldShare * split.warmItems.length),
    prngOf(seed, "validation cold"),
  );
  const isCold = flags(split.itemCount, cold);
  const rest = minus(split.train, split.validation);
  const train = keepEntries(rest, (_, item) => isCold[item] === 0);
  const masked = minus(split.known, split.validation);
  const evaluation = (positives: Csr, candidates: Int32Array): Evaluation => ({ positives, masked, candidates });
  return {
    userCount: split.userCount,
    itemCount: split.itemCount,
    train,
    warmItems: usedColumns(train),
    validation: {
      fullShot: evaluation(split.validation, split.warmItems),
      zeroShot: evaluation(
        keepEntries(split.validation, (_, item) => isCold[item] === 1),
        Int32Array.from(cold).sort(),
      ),
    },
  };
}
