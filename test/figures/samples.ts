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

const kinds: readonly { title: string; at: number; n: number; spread?: number }[] = [
  { title: "similar user", at: 0.9, n: 30 },
  { title: "own and similar", at: 0.4, n: 30 },
  { title: "half of the identity", at: -0.4, n: 10 },
  { title: "doubled", at: -0.1, n: 10 },
  { title: "bare label", at: -2.2, n: 10 },
  { title: "full stop", at: -3.2, n: 10, spread: 0.001 },
];

/** Learning of the speed and noise that batches of 16 responses show. */
const ppoSteps = (n: number): figures.PpoCurveStep[] =>
  Array.from({ length: n }, (_, k) => ({
    step: k + 1,
    score: 0.05 + (0.9 * k) / n + 0.15 * randomNormal(prng),
    sequenceKl: (4 * k) / n + 0.2 * randomNormal(prng),
    entropy: 0.9 - (0.3 * k) / n + 0.03 * randomNormal(prng),
    clipShare: Math.abs(0.02 + 0.01 * randomNormal(prng)),
    responseLength: 92 + 5 * randomNormal(prng),
    endOfTurnShare: Math.min(1, Math.round(15 + 0.8 * randomNormal(prng)) / 16),
  }));

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
          parts: [0.96, 1.03].map((share) => share * at * (1 + 0.1 * r + 0.05 * v)),
        })),
      ),
    })),
    caption:
      "MovieLens 100K, 943 users, 5 folds of cold items x 3 seeds; whiskers: one standard deviation. One line more to see how a caption that does not fit is broken.",
  }),
  metricDots: figures.metricDots({
    metric: "Recall@20",
    panels: ["Full-shot", "Zero-shot"].map((title, p) => ({
      title,
      rows: ["BiasMF", "NCF", "LightGCN", "SGL", "SimGCL"].flatMap((recommender, r) =>
        ["Base", "Augmented (Mask)", "users shuffled", "one constant profile", "oracle items"].map((variant, v) => ({
          recommender,
          variant,
          mean: 0.14 + 0.02 * p + 0.002 * ((r + 2 * v) % 5),
          spread: 0.004,
        })),
      ),
      references: [
        { variant: "EASE", mean: 0.17 + 0.02 * p },
        { variant: "popularity", mean: 0.02 },
      ],
    })),
    caption: "MovieLens 100K, 943 users, 5 seeds; whiskers: one standard deviation.",
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
  rewardHistogram: figures.rewardHistogram({
    groups: [
      { name: "chosen", scores: normal(100, 1.3, 0.7) },
      { name: "rejected", scores: [...normal(60, 0.6, 0.8), ...normal(30, -1.4, 0.6), ...normal(10, -3.2, 0.05)] },
    ],
    axis: "score, in standard deviations of Mask's answers",
  }),
  rewardHistogramByKind: figures.rewardHistogram({
    panels: kinds.map(({ title, at, n, spread = 0.8 }) => ({
      title,
      groups: [
        { name: "chosen", scores: normal(n, 1.3, 0.7) },
        { name: "rejected", scores: normal(n, at, spread) },
      ],
    })),
    title: "Scores by kind of rejected answer",
    axis: "score, in standard deviations of Mask's answers",
  }),
  rewardHistogramOfVariants: figures.rewardHistogram({
    groups: ["Naive", "GPT_KD", "Mask", "RecLM", "Teacher"].map((name, v) => ({
      name,
      scores: normal(200, 0.3 * v - 0.4, 1),
    })),
    title: "Rewards of the variants' answers",
    mark: "mean",
  }),
  calibrationPlot: figures.calibrationPlot({
    bins: [
      { predicted: 0.54, observed: 0.5, n: 18, low: 0.29, high: 0.71 },
      { predicted: 0.65, observed: 0.68, n: 22, low: 0.47, high: 0.84 },
      { predicted: 0.75, observed: 0.65, n: 20, low: 0.43, high: 0.82 },
      { predicted: 0.86, observed: 0.81, n: 31, low: 0.64, high: 0.91 },
      { predicted: 0.97, observed: 0.96, n: 109, low: 0.91, high: 0.985 },
    ],
  }),
  ppoCurves: figures.ppoCurves({ runs: [{ name: "RecLM", steps: ppoSteps(12) }] }),
  ppoCurvesOfRuns: figures.ppoCurves({
    runs: [1, 2, 3].map((run) => ({ name: `run ${run}`, steps: ppoSteps(12) })),
    title: "PPO, three runs",
  }),
  seedCurves: figures.seedCurves({
    metric: "Recall@20",
    title: "Full-shot, epoch by epoch",
    curves: ["BiasMF", "NCF", "LightGCN", "SGL", "SimGCL"].map((name, place) => {
      const mean = steps.map((step) => 0.2 + 0.01 * place + 0.1 * (1 - Math.exp(-step / 15)));
      return { name, epochs: steps, mean, low: mean.map((v) => v - 0.01), high: mean.map((v) => v + 0.02) };
    }),
  }),
  accuracyOverTime: figures.accuracyOverTime({
    metric: "Recall@20",
    title: "Accuracy against training time",
    points: [
      { name: "BiasMF", seconds: 3.2, accuracy: 0.07, spread: 0.004 },
      { name: "LightGCN", seconds: 9, accuracy: 0.04 },
      { name: "SimGCL", seconds: 410, accuracy: 0.045, spread: 0.002 },
    ],
    floors: [
      { name: "popularity", accuracy: 0.064 },
      { name: "EASE", accuracy: 0.0635 },
    ],
  }),
  costDots: figures.costDots({
    title: "What profiles add to an epoch",
    rows: ["MIND", "Netflix"].flatMap((size, s) =>
      ["BiasMF", "NCF", "LightGCN", "SGL", "SimGCL"].map((recommender, place) => {
        const base = (s + 1) * 0.4 * 3 ** place;
        return { size, recommender, base, augmented: base + 0.5, cost: 0.5 / base };
      }),
    ),
  }),
  headBars: figures.headBars({
    title: "Share of recommendations in the head",
    truth: 0.7,
    bars: [
      { name: "BiasMF", share: 0.98, spread: 0.01 },
      { name: "LightGCN", share: 0.61 },
    ],
  }),
  ppoCurvesOfLongRun: figures.ppoCurves({ runs: [{ name: "RecLM", steps: ppoSteps(120) }] }),
};
