import { counted } from "../../core";
import { testCounts, type EvaluationCounts } from "../../data";
import type { PreparedData } from "./dataStage";

/** Tests are paired over users, and controls deal profiles among cold items: each takes two. */
const least = 2;

/**
 * Asks, before anything is trained, whether what is trained can be tested: two users with a held-out pair in each setting, and two
 * cold items; else throws a RangeError with the counts and what to change.
 */
export function checkTestable({ name, split, testView }: Pick<PreparedData, "name" | "split" | "testView">): void {
  const { fullShot, zeroShot } = testCounts(testView);
  const cold = split.coldItems.length;
  if (Math.min(fullShot.users, zeroShot.users, cold) >= least) return;
  const found = `full-shot has ${countsText(fullShot)}, zero-shot ${countsText(zeroShot)} and ${counted(cold, "cold item")}`;
  const remedy =
    "take more users (of the data's sample, and of ablation.users), or a larger split.testShare or fewer split.folds";
  throw new RangeError(
    `Cannot test recommenders on ${name}, ${split.name}: ${found}, but each needs at least ${least} users and ${least} cold items; ${remedy}`,
  );
}

function countsText({ users, positives }: EvaluationCounts): string {
  return `${counted(users, "test user")} with ${counted(positives, "held-out pair")}`;
}
