// Expected values: by hand.
import assert from "node:assert/strict";
import { test } from "node:test";
import { accuracyRows, calibration, scorePanels } from "reclm/experiment";
import { pairAccuracy, type PairScores, type RewardModel } from "reclm/tuning";

const reward: RewardModel = {
  adapter: { config: { rank: 1, alpha: 1, dropout: 0, targets: [] }, pairs: new Map() },
  head: { weight: new Float32Array(1), bias: new Float32Array(1) },
  gain: 2,
  bias: 0,
  base: "weights",
};
const pair = (chosen: number, rejected: number, kind: string): PairScores => ({ chosen, rejected, kind });
// Normalised margins 2, -2, 2, 6, 6, 6; before normalisation 1, -1, 1, 3, 3, 3.
const judged = [
  pair(2, 0, "similar user"),
  pair(0, 2, "similar user"),
  pair(3, 1, "full stop"),
  pair(6, 0, "full stop"),
  pair(7, 1, "full stop"),
  pair(5, -1, "full stop"),
];
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

test("calibration() compares the probability of raw margins with the share ranked right, in bins of equal counts", () => {
  const bins = calibration({ judged, reward });
  assert.equal(bins.length, 2);
  const [unsure, sure] = bins;
  assert.ok(Math.abs(unsure!.predicted - sigmoid(1)) < 1e-12);
  assert.ok(Math.abs(unsure!.observed - 2 / 3) < 1e-12);
  assert.equal(unsure!.n, 3);
  assert.ok(Math.abs(sure!.predicted - sigmoid(3)) < 1e-12);
  assert.equal(sure!.observed, 1);
  assert.equal(calibration({ judged: judged.slice(0, 1), reward }).length, 1);
});

test("accuracyRows() has every kind, a dash where there is no pair, and margins in deviations", () => {
  const rows = accuracyRows({ judged, accuracy: pairAccuracy(judged) });
  assert.deepEqual(
    rows.map((row) => [row["rejected answer"], row["pairs"], row["mean margin"]]),
    [
      ["all", 6, "3.33"],
      ["similar user", 2, "0.00"],
      ["own and similar user", 0, "—"],
      ["identity half", 0, "—"],
      ["identity half twice", 0, "—"],
      ["bare label", 0, "—"],
      ["full stop", 4, "5.00"],
    ],
  );
  assert.equal(rows[1]!["ranked right"], "0.50 [0.09, 0.91]");
  assert.equal(rows[2]!["ranked right"], "—");
});

test("scorePanels() has a panel for each kind that occurs", () => {
  assert.deepEqual(
    scorePanels(judged).map(({ title, groups }) => [title, groups.map(({ name, scores }) => [name, scores.length])]),
    [
      [
        "similar user",
        [
          ["chosen", 2],
          ["rejected", 2],
        ],
      ],
      [
        "full stop",
        [
          ["chosen", 4],
          ["rejected", 4],
        ],
      ],
    ],
  );
});
