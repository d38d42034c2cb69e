import { matrixOf, prngOf, randomNormal } from "reclm/core";
import * as figures from "reclm/figures";

const prng = prngOf(1, "figure samples");
const normal = (n: number, mean = 0, spread = 1): number[] =>
  Array.from({ length: n }, () => mean + spread * randomNormal(prng));
const longTail = (n: number, scale: number): number[] =>
  Array.from({ length: n }, () => 1 + Math.floor(scale * (1 / (0.02 + prng()) - 0.98)));

const plane = figures.principalPlane(
  matrixOf(
    200,
    8,
    Float32Array.from(normal(1600), (v, k) => v * (k % 8 === 3 ? 3 : 1)),
  ),
);
const titles = ["Fargo (1996)", "Alien (1979)", "Heat (1995)", "Babe (1995)"];
const steps = Array.from({ length: 60 }, (_, step) => step);

/** One example of each figure, of the sizes they have in the quick preset. */
export const samples: Readonly<Record<string, figures.Figure>> = {
  activityHistogram: figures.activityHistogram({
    perUser: longTail(943, 12),
    perItem: longTail(1447, 6),
    caption: "MovieLens 100K, ratings of 4 and 5.",
  }),
  splitTimeline: figures.splitTimeline({
    user: "user 49",
    events: Array.from({ length: 72 }, (_, n) => ({
      item: titles[n % 4]!,
      time: 880000000 + n * 500,
      part: n < 52 ? "train" : n < 58 ? "validation" : "test",
      cold: n % 7 === 3,
    })),
  }),
  neighbourMap: figures.neighbourMap({
    plane,
    user: 7,
    neighbours: [11, 40, 52, 63, 99].map((row, k) => ({ row, similarity: 0.93 - 0.03 * k })),
  }),
  sharedItems: figures.sharedItems({
    user: "user 49",
    userItems: 82,
    neighbours: [11, 40, 52, 63, 99].map((row, k) => ({
      name: `user ${row}`,
      similarity: 0.93 - 0.03 * k,
      items: 110 - 16 * k,
      shared: 44 - 9 * k,
      expected: 21 - 3 * k,
    })),
  }),
  tokenBudget: figures.tokenBudget({
    tokens: normal(300, 700, 110).map(Math.round),
    supervised: normal(300, 90, 12).map(Math.round),
    limit: 1024,
  }),
  lossCurve: figures.lossCurve({
    runs: [
      {
        name: "KD",
        train: steps.map((step) => ({ step, value: 0.6 + 2.4 * Math.exp(-step / 12) + 0.15 * randomNormal(prng) })),
        heldOut: [0, 20, 40, 59].map((step) => ({ step, value: 0.75 + 2.4 * Math.exp(-step / 12) })),
      },
      {
        name: "Mask",
        train: steps
          .slice(0, 24)
          .map((step) => ({ step, value: 1.4 + Math.exp(-step / 6) + 0.1 * randomNormal(prng) })),
      },
    ],
  }),
  profileQuality: figures.profileQuality({
    groups: ["complete format", "distinct", "grounded in own items"].map((measure, g) => ({
      measure,
      bars: ["Untuned", "KD", "Mask"].map((variant, v) => {
        const share = Math.min(0.97, 0.02 + 0.42 * v + 0.04 * g);
        return { variant, share, low: Math.max(0, share - 0.09), high: Math.min(1, share + 0.08) };
      }),
    })),
    n: 32,
  }),
  groundingBars: figures.groundingBars({
    variants: [
      { variant: "KD", own: 0.58, neighboursOnly: 0.21, neither: 0.21, terms: 1240 },
      { variant: "Mask", own: 0.66, neighboursOnly: 0.31, neither: 0.03, terms: 1187 },
    ],
    caption: "n = 32 users never seen in tuning.",
  }),
  embeddingMap: figures.embeddingMap({
    title: "Users, items and profiles in the plane of the text embeddings",
    groups: [
      { name: "items", x: normal(300), y: normal(300), labels: Array.from({ length: 300 }, (_, n) => titles[n % 4]!) },
      { name: "users", x: normal(60), y: normal(60) },
      {
        name: "profiles",
        x: normal(60, 0.4),
        y: normal(60),
        named: [3],
        labels: Array.from({ length: 60 }, (_, n) => `user ${n}`),
      },
    ],
    caption: "n = 300 items, 60 users and their profiles.",
  }),
  metricBars: figures.metricBars({
    metric: "Recall@20",
    panels: [
      { title: "Full-shot", at: 0.2 },
      { title: "Zero-shot", at: 0.03 },
    ].map(({ title, at }) => ({
      title,
      rows: ["LightGCN", "BiasMF"].flatMap((recommender, r) =>
        ["Base", "Augmented", "Shuffled", "Constant"].map((variant, v) => ({
          recommender,
          variant,
          mean: at * (1 + 0.1 * r + 0.05 * v),
          spread: at * 0.04,
        })),
      ),
    })),
    caption:
      "MovieLens 100K, 943 users, 5 folds of cold items x 3 seeds; whiskers: one standard deviation. One line more to see how a caption that does not fit is broken.",
  }),
  trainingCurves: figures.trainingCurves({
    metric: "Recall@20",
    runs: ["Base", "Augmented", "Shuffled"].map((name, k) => ({
      name,
      epochs: Array.from({ length: 20 }, (_, e) => 5 * (e + 1)),
      values: Array.from({ length: 20 }, (_, e) => 0.2 + 0.005 * k - 0.1 * Math.exp(-e / 4) - 0.001 * e),
      chosen: 60,
    })),
  }),
  retrievalRanks: figures.retrievalRanks({
    ranks: Array.from({ length: 200 }, () => 1 + Math.floor(100 * prng() ** 2.5)),
    permuted: Array.from({ length: 200 }, () => 1 + Math.floor(100 * prng())),
    candidates: 100,
  }),
};
