import type { RecLmName } from "./clone";

/** One statement about a data set, and whether it holds. */
export interface Check {
  readonly what: string;
  /** What the paper or another file says. */
  readonly expected: string;
  readonly found: string;
  readonly holds: boolean;
}

/** The counts of the paper's Table 4. */
export interface Table4Counts {
  readonly users: number;
  readonly overlappingItems: number;
  readonly trainItems: number;
  readonly trainInteractions: number;
  readonly testItems: number;
  readonly testInteractions: number;
}

/** Table 4 of the paper. */
export const table4: Readonly<Record<RecLmName, Table4Counts>> = {
  mind: {
    users: 57_128,
    overlappingItems: 1_020,
    trainItems: 2_386,
    trainInteractions: 89_734,
    testItems: 2_461,
    testInteractions: 87_974,
  },
  netflix: {
    users: 16_835,
    overlappingItems: 6_232,
    trainItems: 6_532,
    trainInteractions: 1_655_395,
    testItems: 8_413,
    testInteractions: 1_307_051,
  },
};

const labels: readonly (readonly [keyof Table4Counts, string])[] = [
  ["users", "users"],
  ["overlappingItems", "overlapping items"],
  ["trainItems", "train items"],
  ["trainInteractions", "train interactions"],
  ["testItems", "test items"],
  ["testInteractions", "test interactions"],
];

/** The counts that are known beside the paper's. */
export function table4Checks(name: RecLmName, counts: Partial<Table4Counts>): readonly Check[] {
  return labels.flatMap(([key, what]) => {
    const found = counts[key];
    return found === undefined ? [] : [countCheck(`Table 4, ${what}`, table4[name][key], found)];
  });
}

/** A check of two counts. */
export function countCheck(what: string, expected: number, found: number): Check {
  return {
    what,
    expected: expected.toLocaleString("en"),
    found: found.toLocaleString("en"),
    holds: expected === found,
  };
}
