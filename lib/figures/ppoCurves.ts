import { escaped, figureOf, panelHeading, type Figure, type PlotlyObject } from "./figure";
import { fixed, percent } from "./format";
import { runningMean } from "./lossCurve";
import { colourOf, faded, palette } from "./palette";
import { panelGrid, type PanelPlace } from "./panelGrid";

/** Means of one PPO step over its responses; a number that is not finite leaves a gap. */
export interface PpoCurveStep {
  /** From 1. */
  readonly step: number;
  /** Reward model's score of a response, in standard deviations of the reference's answers. */
  readonly score: number;
  /** KL to the reference, nats a response. */
  readonly sequenceKl: number;
  /** Nats a token. */
  readonly entropy: number;
  /** Share of tokens whose probability ratio was clipped, 0..1. */
  readonly clipShare: number;
  /** Tokens of a response. */
  readonly responseLength: number;
  /** Share of responses that end by themselves, 0..1. */
  readonly endOfTurnShare: number;
}

/** One PPO run. */
export interface PpoCurveRun {
  readonly name: string;
  readonly steps: readonly PpoCurveStep[];
}

type Measure = Exclude<keyof PpoCurveStep, "step">;

interface Panel {
  readonly key: Measure;
  readonly title: string;
  readonly unit: string;
  readonly share?: boolean;
  /** Where the axis must begin or end, for numbers that have a floor or a ceiling. */
  readonly axis?: PlotlyObject;
}

const wholeShare: PlotlyObject = { range: [0, 1.05], tickvals: [0, 0.25, 0.5, 0.75, 1] };

const panels: readonly Panel[] = [
  { key: "score", title: "mean reward", unit: "score, SDs of Mask's" },
  { key: "sequenceKl", title: "KL to Mask", unit: "nats a response" },
  { key: "entropy", title: "entropy", unit: "nats a token" },
  { key: "clipShare", title: "clipped", unit: "share of tokens", share: true, axis: { rangemode: "tozero" } },
  { key: "responseLength", title: "length", unit: "tokens a response" },
  { key: "endOfTurnShare", title: "ends by itself", unit: "share of responses", share: true, axis: wholeShare },
];

/**
 * Six panels over PPO's steps: reward, KL to the reference, entropy, clip share, length and end of turn, one colour a run.
 *
 * Runs of more than 40 steps are drawn faint, with a running mean of 10 in bold. Throws a RangeError without any step.
 *
 * @example ppoCurves({ runs: [{ name: "RecLM", steps: policy.steps }] })
 */
export function ppoCurves(options: {
  readonly runs: readonly PpoCurveRun[];
  readonly title?: string;
  readonly caption?: string;
}): Figure {
  const { runs } = options;
  checkRuns(runs);
  const title = options.title ?? "PPO, step by step";
  const smooth = runs.some(({ steps }) => steps.length > longRun);
  const named = runs.length > 1;
  const places = panelGrid(panels.length, { columns: 3, across: 0.115, down: 0.21 });
  return figureOf(
    {
      headings: true,
      title,
      caption: options.caption ?? captionOf(smooth),
      alt: `${title}: ${runs.map(summaryOf).join("; ")}`,
    },
    panels.flatMap((panel, p) =>
      runs.flatMap((run, place) =>
        tracesOf(panel, places[p]!, run, { colour: named ? colourOf(run.name, place) : palette.blue, smooth, p }),
      ),
    ),
    {
      height: named ? 506 : 480,
      ...axesOf(places, runs),
      annotations: panels.map((panel, p) => panelHeading(panel.title, places[p]!.axis)),
      showlegend: named,
      margin: { l: 68, r: 20, ...(named ? { b: 84 } : {}) },
    },
  );
}

const longRun = 40;
const smoothing = 10;

function checkRuns(runs: readonly PpoCurveRun[]): void {
  if (runs.length === 0) throw new RangeError("Cannot draw PPO's curves: there is no run");
  const empty = runs.find(({ steps }) => steps.length === 0);
  if (empty) throw new RangeError(`Cannot draw PPO's curves: ${empty.name} has no step`);
}

function captionOf(smooth: boolean): string {
  const meaning = "Means over the responses of each step; clipped: over its mini-batches.";
  return smooth ? `${meaning} Faint: each step; bold: running mean of ${smoothing} steps.` : meaning;
}

function tracesOf(
  { key, title, share = false }: Panel,
  { axis }: PanelPlace,
  run: PpoCurveRun,
  { colour, smooth, p }: { readonly colour: string; readonly smooth: boolean; readonly p: number },
): PlotlyObject[] {
  const values = run.steps.map((step) => finite(step[key]));
  const common = { type: "scatter", x: run.steps.map(({ step }) => step), xaxis: `x${axis}`, yaxis: `y${axis}` };
  const hover = {
    hovertemplate: `${escaped(run.name)}, step %{x}: ${title} %{y:${share ? ".1%" : ".3f"}}<extra></extra>`,
  };
  const own = { name: escaped(run.name), legendgroup: run.name, showlegend: p === 0 };
  if (!smooth) {
    const look = { mode: "lines+markers", line: { color: colour, width: 2 }, marker: { color: colour, size: 5 } };
    return [{ ...common, ...hover, ...own, ...look, y: values }];
  }
  const faint = { line: { color: faded(colour, 0.35), width: 1 }, showlegend: false, hoverinfo: "skip" };
  const bold = { ...hover, ...own, line: { color: colour, width: 2.5 } };
  return [
    { ...common, mode: "lines", legendgroup: run.name, name: `${escaped(run.name)}, each step`, ...faint, y: values },
    { ...common, mode: "lines", ...bold, y: smoothed(values) },
  ];
}

/** A mean over a gap would be one over fewer steps than it says: it is a gap too. */
function smoothed(values: readonly (number | null)[]): (number | null)[] {
  const known = values.map((value) => value ?? Number.NaN);
  return runningMean(known, smoothing).map(finite);
}

/** A stored record holds null where a step had no number, all of its mini-batches skipped say. */
function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function axesOf(places: readonly PanelPlace[], runs: readonly PpoCurveRun[]): PlotlyObject {
  const steps = runs.flatMap((run) => run.steps.map(({ step }) => step));
  const ticks = stepTicks(Math.min(...steps), Math.max(...steps));
  const axes = places.map(({ axis, x, y, lowest }, p): PlotlyObject => {
    const { unit, share = false, axis: limits = {} } = panels[p]!;
    return {
      [`xaxis${axis}`]: {
        domain: x,
        anchor: `y${axis}`,
        ...ticks,
        ...(p === 0 ? {} : { matches: "x" }),
        ...(lowest ? { title: { text: "PPO step", standoff: 8, font: { size: 12 } } } : {}),
      },
      [`yaxis${axis}`]: {
        domain: y,
        anchor: `x${axis}`,
        title: { text: unit, standoff: 6, font: { size: 11 } },
        nticks: 5,
        zeroline: false,
        ...(share ? { tickformat: "~%" } : {}),
        ...limits,
      },
    };
  });
  return Object.assign({}, ...axes) as PlotlyObject;
}

/** Whole steps only, about four of them. */
function stepTicks(first: number, last: number): PlotlyObject {
  const pad = Math.max(0.5, (last - first) * 0.04);
  const wanted = (last - first) / 4;
  const power = 10 ** Math.floor(Math.log10(Math.max(1, wanted)));
  const dtick = [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= wanted) ?? 1;
  const tick0 = last - first < 5 ? first : 0;
  return { range: [first - pad, last + pad], tick0, dtick, zeroline: false };
}

function summaryOf({ name, steps }: PpoCurveRun): string {
  const [first, last] = [steps[0]!, steps.at(-1)!];
  const changed = (key: Measure, text: (value: number) => string): string =>
    steps.length === 1 ? text(first[key]) : `${text(first[key])} to ${text(last[key])}`;
  const two = (value: number): string =>
    finite(value) === null ? "unknown" : fixed(value, 2).replace(/^-0\.00$/, "0.00");
  const share = (value: number): string => (finite(value) === null ? "unknown" : percent(value));
  const whole = (value: number): string => (finite(value) === null ? "unknown" : fixed(value, 0));
  return (
    `${name} in ${steps.length} ${steps.length === 1 ? "step" : "steps"}: reward ${changed("score", two)}, ` +
    `KL ${changed("sequenceKl", two)} nats a response, entropy ${changed("entropy", two)} nats a token, ` +
    `clipped ${changed("clipShare", share)}, length ${changed("responseLength", whole)} tokens, ` +
    `ended ${changed("endOfTurnShare", share)}`
  );
}
