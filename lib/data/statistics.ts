import type { Evaluation } from "./evaluation";
import type { Split, TestView } from "./split";

/** The paper's Table 4 for one split. */
export interface SplitStatistics {
  readonly users: number;
  /** Items of both the training and the test catalogue. */
  readonly overlappingItems: number;
  /** The split's name. */
  readonly snapshot: string;
  readonly trainItems: number;
  readonly trainInteractions: number;
  /** 100 (1 - interactions / (users x items)), percent; 100 where there is no cell. */
  readonly trainSparsity: number;
  readonly testItems: number;
  readonly testInteractions: number;
  readonly testSparsity: number;
}

/** What a split holds, as the paper's Table 4 counts it: every user of the data set, items with a training pair, items ranked. */
export function statisticsOf(split: Split): SplitStatistics {
  const warm = new Set(split.warmItems);
  const sparsity = (pairs: number, items: number): number => 100 * (1 - pairs / Math.max(1, split.userCount * items));
  const [trainPairs, testPairs] = [split.train.columns.length, split.test.columns.length];
  return {
    users: split.userCount,
    overlappingItems: split.testItems.filter((item) => warm.has(item)).length,
    snapshot: split.name,
    trainItems: split.warmItems.length,
    trainInteractions: trainPairs,
    trainSparsity: sparsity(trainPairs, split.warmItems.length),
    testItems: split.testItems.length,
    testInteractions: testPairs,
    testSparsity: sparsity(testPairs, split.testItems.length),
  };
}

/** Over how many users, positives and candidates a setting averages: printed under every table. */
export interface EvaluationCounts {
  readonly users: number;
  readonly positives: number;
  readonly candidates: number;
}

/** Counts of one setting. */
export function evaluationCounts({ positives, candidates }: Evaluation): EvaluationCounts {
  let users = 0;
  for (let r = 0; r < positives.rows; r++) if (positives.starts[r + 1]! > positives.starts[r]!) users += 1;
  return { users, positives: positives.columns.length, candidates: candidates.length };
}

/** Counts of both settings of a test. */
export function testCounts(view: TestView): {
  readonly fullShot: EvaluationCounts;
  readonly zeroShot: EvaluationCounts;
} {
  return { fullShot: evaluationCounts(view.fullShot), zeroShot: evaluationCounts(view.zeroShot) };
}
