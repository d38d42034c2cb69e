import { count } from "../core";
import { figureOf, noteOf, type Figure, type PlotlyObject } from "./figure";
import { fixed, percent } from "./format";
import { ink, palette } from "./palette";

/** Pairs to which the reward model gives about the same probability of being ranked right. */
export interface CalibrationBin {
  /** Mean probability by the reward model, sigmoid of the difference of scores, 0..1. */
  readonly predicted: number;
  /** Share of the pairs that are ranked right, 0..1. */
  readonly observed: number;
  /** Pairs. */
  readonly n: number;
  /** Interval of the share (Wilson, 95%), 0..1. */
  readonly low: number;
  readonly high: number;
}

/**
 * Share of pairs ranked right over the reward model's own probability of it, with the diagonal of a calibrated model;
 * marks grow in area with n, bins without pairs are left out.
 *
 * Throws a RangeError when no bin holds a pair or a share is outside 0..1.
 *
 * @example calibrationPlot({ bins: [{ predicted: 0.8, observed: 0.75, n: 40, low: 0.6, high: 0.86 }] })
 */
export function calibrationPlot(options: {
  readonly bins: readonly CalibrationBin[];
  readonly title?: string;
  readonly caption?: string;
}): Figure {
  const bins = filledBins(options.bins);
  const pairs = bins.reduce((sum, { n }) => sum + n, 0);
  const gap = bins.reduce((sum, { n, predicted, observed }) => sum + n * Math.abs(observed - predicted), 0) / pairs;
  const title = options.title ?? "Is the reward model as sure as it should be?";
  return figureOf(
    {
      title,
      caption:
        options.caption ??
        `n = ${count(pairs)} held-out pairs (numbers: of each bin); 95% Wilson intervals; expected calibration error ${fixed(gap)}.`,
      alt: `${title} (n = ${pairs} pairs, expected calibration error ${fixed(gap)}): ${bins.map(summaryOf).join("; ")}`,
    },
    [diagonal(bins), marks(bins)],
    {
      xaxis: {
        title: { text: "reward model's probability that the pair is ranked right", standoff: 10 },
        range: predictedRange(bins),
        tickformat: ".0%",
        zeroline: false,
      },
      yaxis: {
        title: { text: "pairs ranked right", standoff: 10 },
        range: observedRange(bins),
        tickformat: ".0%",
        zeroline: false,
      },
      annotations: [...bins.map((bin, at) => binNote(bin, sizeOf(bin, bins), rowOf(bins, at))), diagonalNote()],
    },
  );
}

function filledBins(bins: readonly CalibrationBin[]): readonly CalibrationBin[] {
  const filled = bins.filter(({ n }) => n > 0);
  if (filled.length === 0) throw new RangeError("Cannot plot calibration: no bin holds a pair");
  for (const { predicted, observed, low, high } of filled) {
    const wrong = [predicted, observed, low, high].find((share) => !(share >= 0 && share <= 1));
    if (wrong !== undefined) throw new RangeError(`Cannot plot calibration: ${wrong} is no share of pairs`);
  }
  return filled;
}

const largestMark = 24;
const smallestMark = 7;

/** Diameter in px; area follows n. */
function sizeOf({ n }: CalibrationBin, bins: readonly CalibrationBin[]): number {
  const most = Math.max(...bins.map((bin) => bin.n));
  return Math.max(smallestMark, largestMark * Math.sqrt(n / most));
}

function marks(bins: readonly CalibrationBin[]): PlotlyObject {
  return {
    type: "scatter",
    mode: "markers",
    name: "pairs ranked right",
    x: bins.map(({ predicted }) => predicted),
    y: bins.map(({ observed }) => observed),
    customdata: bins.map(({ n }) => n),
    error_y: {
      type: "data",
      symmetric: false,
      array: bins.map(({ observed, high }) => Math.max(0, high - observed)),
      arrayminus: bins.map(({ observed, low }) => Math.max(0, observed - low)),
      color: ink,
      thickness: 1.5,
      width: 4,
    },
    marker: { color: palette.blue, opacity: 1, size: bins.map((bin) => sizeOf(bin, bins)), line: { width: 0 } },
    hovertemplate: "predicted %{x:.1%}, observed %{y:.1%}, n = %{customdata}<extra></extra>",
  };
}

function diagonal(bins: readonly CalibrationBin[]): PlotlyObject {
  const low = predictedRange(bins)[0] < 0 ? 0 : 0.5;
  const line = { color: ink, width: 1.5, dash: "dot" };
  return { type: "scatter", mode: "lines", name: "calibrated", x: [low, 1], y: [low, 1], line, hoverinfo: "skip" };
}

/** The answer with the higher score is ranked first, so that probabilities usually lie above one half. */
function predictedRange(bins: readonly CalibrationBin[]): readonly [number, number] {
  return bins.every(({ predicted }) => predicted >= 0.5) ? [0.48, 1.03] : [-0.03, 1.05];
}

function observedRange(bins: readonly CalibrationBin[]): readonly [number, number] {
  const lowest = Math.min(predictedRange(bins)[0], ...bins.map(({ low }) => low - 0.02));
  return [lowest >= 0.48 ? 0.48 : Math.max(-0.03, Math.floor(lowest * 10) / 10), 1.04];
}

/** How many marks before a bin lie so close that its number would be printed over theirs. */
function rowOf(bins: readonly CalibrationBin[], at: number): number {
  const [own, before] = [bins[at]!, bins[at - 1]];
  const near = before && own.predicted - before.predicted < 0.06 && Math.abs(own.observed - before.observed) < 0.05;
  return near ? rowOf(bins, at - 1) + 1 : 0;
}

/** The number of pairs, on the side of the mark that the diagonal leaves free; above and below are the whiskers. */
function binNote({ predicted, observed, n }: CalibrationBin, size: number, row: number): PlotlyObject {
  const side = observed >= predicted ? -1 : 1;
  const place = { x: predicted, y: observed, xanchor: side < 0 ? "right" : "left", yanchor: "middle" };
  return noteOf(count(n), { ...place, xshift: side * (size / 2 + 3), yshift: side * (14 * row - 8) }, palette.blue);
}

function diagonalNote(): PlotlyObject {
  const place = { xref: "paper", yref: "paper", x: 0.99, y: 0.04, xanchor: "right", yanchor: "middle" };
  return noteOf("dotted: a calibrated model", place);
}

function summaryOf({ predicted, observed, n, low, high }: CalibrationBin): string {
  return `${percent(predicted)} predicted, ${percent(observed)} [${percent(low)}, ${percent(high)}] right, n = ${n}`;
}
