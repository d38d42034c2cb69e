import { medianOf } from "../../metrics";
import type { EpochTimes } from "./efficiencyStage";
import { paperTable3 } from "../paper/paperTables";
import { signedPercent } from "../paper/cells";

/** Medians of a recommender at a size, and what profiles add, beside the paper's. */
export interface EpochCost {
  readonly size: string;
  readonly recommender: string;
  readonly base: number;
  readonly augmented: number;
  /** augmented / base - 1: the median of the rounds' own, which alternate. */
  readonly cost: number;
  readonly rounds: number;
  readonly processor?: string;
  readonly paper?: { readonly base: number; readonly augmented: number; readonly cost: number };
}

/** Table 3 as numbers; the paper's stand beside sizes that carry its names. */
export function epochCosts(times: readonly EpochTimes[]): readonly EpochCost[] {
  return times.map(({ size, recommender, base, augmented, processor }) => {
    const printed = paperTable3.find((row) => row.dataset === size.name && row.recommender === recommender);
    const paper = printed && { base: printed.base, augmented: printed.recLm, cost: printed.recLm / printed.base - 1 };
    return {
      size: size.name,
      recommender,
      base: medianOf(base),
      augmented: medianOf(augmented),
      cost: medianOf(augmented.map((seconds, round) => seconds / base[round]! - 1)),
      rounds: base.length,
      ...(processor === undefined ? {} : { processor }),
      ...(paper ? { paper } : {}),
    };
  });
}

/** Table 3 for display, seconds per epoch. */
export function table3Rows(times: readonly EpochTimes[]): readonly Readonly<Record<string, string | number>>[] {
  return epochCosts(times).map(({ size, recommender, base, augmented, cost, rounds, processor, paper }) => ({
    size,
    recommender,
    "Base, s": base.toPrecision(3),
    "Augmented, s": augmented.toPrecision(3),
    cost: signedPercent(cost),
    rounds,
    "measured on": processor ?? "—",
    "paper Base, s (A100)": paper ? paper.base.toFixed(2) : "—",
    "paper RecLM, s (A100)": paper ? paper.augmented.toFixed(2) : "—",
    "paper cost": paper ? signedPercent(paper.cost) : "—",
  }));
}
