import assert from "node:assert/strict";
import { test } from "node:test";
import {
  calibrationPlot,
  colourOf,
  palette,
  ppoCurves,
  renderSvg,
  rewardHistogram,
  type Figure,
  type PlotlyObject,
  type PpoCurveStep,
} from "reclm/figures";

const tracesNamed = (figure: Figure, type: string, name: string): PlotlyObject[] =>
  figure.data.filter((trace) => trace["type"] === type && trace["name"] === name);
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const texts = (figure: Figure): string[] =>
  (figure.layout["annotations"] as { text: string }[]).map(({ text }) => text);
const range = (figure: Figure, axis: string): [number, number] =>
  (figure.layout[axis] as { range: [number, number] }).range;

test("reward scores become shares of each group in the same bins, medians marked", () => {
  const figure = rewardHistogram({
    groups: [
      { name: "chosen", scores: [1, 1, 2, 4] },
      { name: "rejected", scores: [-4, -1, 1] },
    ],
  });
  const [chosen, rejected] = ["chosen", "rejected"].map((name) => tracesNamed(figure, "bar", name)[0]!);
  assert.deepEqual(chosen!["x"], rejected!["x"]);
  assert.ok(
    Math.abs(sum(chosen!["y"] as number[]) - 1) < 1e-12 && Math.abs(sum(rejected!["y"] as number[]) - 1) < 1e-12,
  );
  const atOne = (chosen!["x"] as number[]).indexOf(1);
  assert.equal((chosen!["y"] as number[])[atOne], 0.5);
  assert.equal((rejected!["y"] as number[])[atOne], 1 / 3);
  assert.deepEqual(
    (figure.layout["shapes"] as { x0: number }[]).map(({ x0 }) => x0),
    [-1, 1.5],
  );
  assert.deepEqual(texts(figure), ["rejected -1.00", "chosen 1.50"]);
  assert.match(JSON.stringify(figure.layout["title"]), /n = 4 chosen, 3 rejected/);
  assert.match(figure.alt, /chosen median 1\.50 \(n = 4\), rejected median -1\.00 \(n = 3\)/);
  assert.deepEqual([colourOf("chosen", 4), colourOf("rejected", 4)], [palette.green, palette.vermillion]);
});

test("panels stand in two columns over one range of scores, each with its n", () => {
  const groups = (at: number) => [
    { name: "chosen", scores: [1, 2] },
    { name: "rejected", scores: [at, at + 1] },
  ];
  const panels = ["similar user", "a & b", "full stop"].map((title, p) => ({ title, groups: groups(-5 * p) }));
  const figure = rewardHistogram({ panels, axis: "score, SDs" });
  assert.deepEqual(texts(figure).slice(-4), [
    "similar user (n = 2 each)",
    "a &amp; b (n = 2 each)",
    "full stop (n = 2 each)",
    "score, SDs",
  ]);
  const ranges = ["xaxis", "xaxis2", "xaxis3"].map((axis) => range(figure, axis));
  assert.deepEqual(ranges[1], ranges[0]);
  assert.deepEqual(ranges[2], ranges[0]);
  assert.ok(ranges[0]![0] <= -10 && ranges[0]![1] >= 2);
  const domains = ["", "2", "3"].map((p) =>
    ["x", "y"].map((side) => (figure.layout[`${side}axis${p}`] as { domain: number[] }).domain),
  );
  assert.deepEqual(domains[0]![0], domains[2]![0], "first and third share a column");
  assert.deepEqual(domains[0]![1], domains[1]![1], "first and second share a row");
  assert.ok(domains[2]![1]![1]! < domains[0]![1]![0]!, "the second row is below the first");
  const barsOfThird = figure.data.filter((trace) => trace["type"] === "bar" && trace["xaxis"] === "x3");
  assert.equal(barsOfThird.length, 2);
  assert.match(figure.alt, /full stop: chosen median 1\.50 \(n = 2\), rejected median -9\.50/);
});

test("labels of medians keep inside the plot, off each other and off each other's lines", async () => {
  const names = ["Naive", "GPT_KD", "Mask", "RecLM", "Teacher"];
  const cases = [
    [0, 0, 0, 0, 0],
    [-4, -4, -4, 4, 4],
    [-4, -3.9, 0, 3.9, 4],
    [0, 0.1, 0.2, 0.3, 4],
    [-4, 4],
    [4, 4],
    [-4, -3.8],
    [4],
  ];
  for (const medians of cases) {
    const groups = medians.map((at, k) => ({ name: names[k]!, scores: [-4, at, at, at, 4] }));
    const labels = drawnLabels(await renderSvg(rewardHistogram({ groups })));
    assert.equal(labels.length, medians.length);
    for (const label of labels) {
      assert.ok(label.left >= 58 && label.right <= 734, `${medians.join()}: ${label.text} sticks out`);
      for (const other of labels.filter((each) => each !== label)) {
        const apart = label.right < other.left || other.right < label.left || Math.abs(label.top - other.top) >= 15;
        assert.ok(apart, `${medians.join()}: ${label.text} over ${other.text}`);
        const below = other.line.top >= label.top + 15;
        const beside = other.line.x <= label.left || other.line.x >= label.right;
        assert.ok(below || beside, `${medians.join()}: ${label.text} over the line of ${other.text}`);
      }
    }
  }
});

interface DrawnLabel {
  readonly text: string;
  /** Of its box, in px. */
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly line: { readonly x: number; readonly top: number };
}

/** Boxes of the labels and upper ends of their lines, as plotly laid them out. */
function drawnLabels(svg: string): DrawnLabel[] {
  const lines = [...svg.matchAll(/<path data-index="\d+"[^>]* d="M[\d.]+,[\d.]+L([\d.]+),([\d.]+)"/g)];
  const boxes = svg.matchAll(
    /<g class="annotation"[^]*?translate\(([\d.]+),([\d.]+)\)"><rect[^>]* width="([\d.]+)"[^]*?>([^<]+)<\/text>/g,
  );
  return [...boxes].map(([, left, top, width, text], k) => ({
    text: text!,
    left: Number(left),
    right: Number(left) + Number(width),
    top: Number(top),
    line: { x: Number(lines[k]![1]), top: Number(lines[k]![2]) },
  }));
}

test("a histogram of one score, and of equal scores, is drawn; none, infinite ones and six groups are refused", async () => {
  const one = rewardHistogram({ groups: [{ name: "chosen", scores: [2] }] });
  assert.equal(sum(tracesNamed(one, "bar", "chosen")[0]!["y"] as number[]), 1);
  assert.doesNotMatch(await renderSvg(one), /NaN/);
  assert.throws(() => rewardHistogram({ groups: [{ name: "Mask", scores: [] }] }), {
    name: "RangeError",
    message: "Cannot draw reward scores: Mask has none",
  });
  const panels = [{ title: "doubled", groups: [{ name: "chosen", scores: [1, Number.NaN] }] }];
  assert.throws(
    () => rewardHistogram({ panels }),
    /RangeError: Cannot draw reward scores of doubled: chosen holds NaN/,
  );
  const six = Array.from({ length: 6 }, (_, k) => ({ name: `run ${k}`, scores: [k] }));
  assert.throws(() => rewardHistogram({ groups: six }), RangeError);
  assert.throws(() => rewardHistogram({ groups: [] }), RangeError);
  assert.throws(() => rewardHistogram({ panels: [] }), RangeError);
});

test("calibration: whiskers from the intervals, area by n, the expected error by hand", () => {
  const figure = calibrationPlot({
    bins: [
      { predicted: 0.55, observed: 0.45, n: 10, low: 0.2, high: 0.7 },
      { predicted: 0.75, observed: Number.NaN, n: 0, low: 0, high: 1 },
      { predicted: 0.95, observed: 0.9, n: 40, low: 0.77, high: 0.96 },
    ],
  });
  const [, marks] = figure.data;
  assert.deepEqual(marks!["x"], [0.55, 0.95]);
  const [small, large] = (marks!["marker"] as { size: number[] }).size;
  assert.ok(Math.abs((large! / small!) ** 2 - 4) < 1e-9);
  const whiskers = marks!["error_y"] as { array: number[]; arrayminus: number[] };
  [0.25, 0.06].forEach((up, b) => assert.ok(Math.abs(whiskers.array[b]! - up) < 1e-12));
  [0.25, 0.13].forEach((down, b) => assert.ok(Math.abs(whiskers.arrayminus[b]! - down) < 1e-12));
  // (10 * .10 + 40 * .05) / 50
  assert.match(figure.alt, /n = 50 pairs, expected calibration error 0\.060/);
  assert.match(figure.alt, /55% predicted, 45% \[20%, 70%\] right, n = 10; 95% predicted/);
  assert.deepEqual(texts(figure).slice(0, 2), ["10", "40"]);
});

test("calibration of one bin below one half spans the whole square; no pairs and wrong shares are refused", async () => {
  const bin = { predicted: 0.3, observed: 0.2, n: 5, low: 0.04, high: 0.62 };
  const figure = calibrationPlot({ bins: [bin] });
  assert.deepEqual(figure.data[0]!["x"], [0, 1]);
  assert.ok(range(figure, "xaxis")[0] < 0 && range(figure, "yaxis")[0] <= 0);
  assert.doesNotMatch(await renderSvg(figure), /NaN/);
  assert.throws(() => calibrationPlot({ bins: [] }), /RangeError: Cannot plot calibration: no bin holds a pair/);
  assert.throws(() => calibrationPlot({ bins: [{ ...bin, n: 0 }] }), RangeError);
  assert.throws(() => calibrationPlot({ bins: [{ ...bin, predicted: 1.2 }] }), /1\.2 is no share of pairs/);
});

const ppoStep = (step: number): PpoCurveStep => ({
  step,
  score: step / 10,
  sequenceKl: step / 4,
  entropy: 1 - step / 200,
  clipShare: 0.02,
  responseLength: 90 + step,
  endOfTurnShare: 0.75,
});

test("PPO's six panels hold each number over the steps, with its unit", () => {
  const steps = [1, 2, 3].map(ppoStep);
  const figure = ppoCurves({ runs: [{ name: "RecLM", steps }] });
  assert.deepEqual(
    figure.data.map((trace) => trace["y"]),
    [
      [0.1, 0.2, 0.3],
      [0.25, 0.5, 0.75],
      [0.995, 0.99, 0.985],
      [0.02, 0.02, 0.02],
      [91, 92, 93],
      [0.75, 0.75, 0.75],
    ],
  );
  const panels = ["", "2", "3", "4", "5", "6"];
  assert.deepEqual(
    figure.data.map((trace) => [trace["xaxis"], trace["yaxis"]]),
    panels.map((p) => [`x${p}`, `y${p}`]),
  );
  assert.deepEqual(
    panels.map((p) => (figure.layout[`yaxis${p}`] as { title: { text: string } }).title.text),
    [
      "score, SDs of Mask's",
      "nats a response",
      "nats a token",
      "share of tokens",
      "tokens a response",
      "share of responses",
    ],
  );
  assert.match(figure.alt, /RecLM in 3 steps: reward 0\.10 to 0\.30, KL 0\.25 to 0\.75 nats a response/);
  assert.match(figure.alt, /clipped 2\.0% to 2\.0%, length 91 to 93 tokens, ended 75% to 75%/);
});

test("PPO of one step, and a step without numbers, are drawn; ticks are whole steps", async () => {
  const single = ppoCurves({ runs: [{ name: "RecLM", steps: [ppoStep(7)] }] });
  assert.deepEqual(single.data[0]!["x"], [7]);
  assert.deepEqual(range(single, "xaxis"), [6.5, 7.5]);
  assert.equal((single.layout["xaxis"] as { dtick: number }).dtick, 1);
  assert.match(single.alt, /RecLM in 1 step: reward 0\.70, KL 1\.75/);
  assert.doesNotMatch(await renderSvg(single), /NaN/);
  const gap = ppoCurves({ runs: [{ name: "RecLM", steps: [ppoStep(1), { ...ppoStep(2), clipShare: Number.NaN }] }] });
  assert.deepEqual(gap.data[3]!["y"], [0.02, null]);
  assert.match(gap.alt, /clipped 2\.0% to unknown/);
  for (const [last, dtick] of [
    [12, 5],
    [120, 50],
    [421, 200],
  ] as const) {
    const steps = Array.from({ length: last }, (_, k) => ppoStep(k + 1));
    const figure = ppoCurves({ runs: [{ name: "RecLM", steps }] });
    assert.equal((figure.layout["xaxis"] as { dtick: number }).dtick, dtick);
  }
});

test("several PPO runs have a colour and one legend entry each; long ones a running mean", () => {
  const steps = Array.from({ length: 60 }, (_, k) => ppoStep(k + 1));
  const figure = ppoCurves({ runs: ["run 1", "run 2"].map((name) => ({ name, steps })) });
  const shown = figure.data.filter((trace) => trace["showlegend"] === true);
  assert.deepEqual(
    shown.map((trace) => trace["name"]),
    ["run 1", "run 2"],
  );
  assert.equal(new Set(shown.map((trace) => (trace["line"] as { color: string }).color)).size, 2);
  assert.equal(figure.layout["showlegend"], true);
  const length = figure.data.filter((trace) => trace["yaxis"] === "y5")[1]!["y"] as number[];
  // Tokens are 90 + step: the mean of the last ten of sixty.
  assert.equal(length.at(-1), 145.5);
  assert.throws(() => ppoCurves({ runs: [] }), RangeError);
  assert.throws(
    () => ppoCurves({ runs: [{ name: "run 3", steps: [] }] }),
    /RangeError: Cannot draw PPO's curves: run 3 has no step/,
  );
});
