// Expected values: test/reference/metrics/auc_scipy.py (scipy's Mann-Whitney U, DeLong's variance by midranks).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { discrimination } from "reclm/metrics";

const file = join(__dirname, "../../../test/reference/metrics/auc_scipy.json");
const { cases } = JSON.parse(readFileSync(file, "utf8")) as {
  readonly cases: readonly {
    readonly scores: readonly number[];
    readonly positive: readonly boolean[];
    readonly auc: number;
    readonly error: number;
  }[];
};

test("areas and errors equal scipy's and DeLong's by midranks, with ties", () => {
  assert.equal(cases.length, 4);
  for (const { scores, positive, auc, error } of cases) {
    const found = discrimination(scores, positive);
    assert.ok(Math.abs(found.auc - auc) < 1e-12, `${found.auc}, not ${auc}`);
    assert.ok(Math.abs(found.error - error) < 1e-12, `${found.error}, not ${error}`);
    assert.equal(found.low, Math.max(0, found.auc - 1.96 * found.error));
    assert.equal(found.high, Math.min(1, found.auc + 1.96 * found.error));
  }
});

test("perfect, reversed and ignorant scores; one class alone is an error", () => {
  const truth = [true, false, true, false];
  assert.equal(discrimination([2, 1, 2, 1], truth).auc, 1);
  assert.equal(discrimination([1, 2, 1, 2], truth).auc, 0);
  assert.equal(discrimination([1, 1, 1, 1], truth).auc, 0.5);
  assert.equal(discrimination([3, 2, 1, 0], truth).auc, 0.75);
  assert.throws(() => discrimination([1, 2, 3], [true, true, false]), {
    name: "RangeError",
    message: "Cannot tell 2 positives from 1 negatives: two of each are needed",
  });
});
