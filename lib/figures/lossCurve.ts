import { figureOf, noteOf, type Figure, type PlotlyObject } from "./figure";
import { fixed } from "./format";
import { colourOf, faded, palette } from "./palette";

/** A number measured at a step. */
export interface StepValue {
  readonly step: number;
  readonly value: number;
}

/** Losses of one tuning run. */
export interface LossRun {
  readonly name: string;
  readonly train: readonly StepValue[];
  /** Loss on examples never trained on. */
  readonly heldOut?: readonly StepValue[];
}

/** Training loss (each step faint, its running mean bold) and held-out loss (diamonds), one colour a run. */
export function lossCurve(options: {
  readonly runs: readonly LossRun[];
  readonly title?: string;
  readonly stepName?: string;
  readonly valueName?: string;
  readonly caption?: string;
}): Figure {
  const coloured = options.runs.map((run, place) => ({
    run,
    colour: options.runs.length === 1 ? palette.blue : colourOf(run.name, place),
  }));
  const anyHeldOut = options.runs.some((run) => (run.heldOut ?? []).length > 0);
  // plotly's own range would leave room for the notes a second time, beside the margin.
  const lastSteps = options.runs.map((run) => run.train.at(-1)?.step ?? 0);
  return figureOf(
    {
      title: options.title ?? "Loss while tuning",
      caption:
        options.caption ??
        `Faint: each step; bold: running mean of ${smoothing} steps${anyHeldOut ? "; diamonds: held-out examples" : ""}.`,
      alt: `${options.title ?? "Loss while tuning"}: ${options.runs.map(summaryOf).join("; ")}`,
    },
    coloured.flatMap(({ run, colour }) => tracesOf(run, colour)),
    {
      xaxis: {
        title: { text: options.stepName ?? "optimiser step" },
        range: [0, 1.02 * Math.max(1, ...lastSteps)],
        zeroline: false,
      },
      yaxis: { title: { text: options.valueName ?? "loss, nats per token" }, zeroline: false },
      annotations: coloured.flatMap(({ run, colour }) => endNotes(run, colour, options.runs.length > 1)),
      margin: { r: 130 },
    },
  );
}

const smoothing = 10;

/** Mean of each value and up to `width - 1` before it. */
export function runningMean(values: readonly number[], width: number): number[] {
  return values.map((_, k) => {
    const window = values.slice(Math.max(0, k - width + 1), k + 1);
    return window.reduce((sum, value) => sum + value, 0) / window.length;
  });
}

function tracesOf(run: LossRun, colour: string): PlotlyObject[] {
  const steps = run.train.map(({ step }) => step);
  const values = run.train.map(({ value }) => value);
  const whole = Math.min(smoothing, steps.length) - 1;
  const lines = { type: "scatter", mode: "lines", x: steps };
  const hover = { hovertemplate: `${run.name}, step %{x}: %{y:.3f}<extra></extra>` };
  const traces: PlotlyObject[] = [
    {
      ...lines,
      y: values,
      line: { color: faded(colour, 0.35), width: 1 },
      hoverinfo: "skip",
      name: `${run.name}, each step`,
    },
    {
      ...lines,
      // From the first whole window on: the mean of a step or two would begin anywhere.
      x: steps.slice(whole),
      y: runningMean(values, smoothing).slice(whole),
      line: { color: colour, width: 2.5 },
      ...hover,
      name: run.name,
    },
  ];
  if (run.heldOut && run.heldOut.length > 0) {
    traces.push({
      type: "scatter",
      mode: "lines+markers",
      name: `${run.name}, held out`,
      x: run.heldOut.map(({ step }) => step),
      y: run.heldOut.map(({ value }) => value),
      line: { color: colour, width: 1.5, dash: "dot" },
      marker: { symbol: "diamond", size: 8, color: colour },
      hovertemplate: `${run.name}, held out, step %{x}: %{y:.3f}<extra></extra>`,
    });
  }
  return traces;
}

/** A run's last values beside its last step, in two lines. */
function endNotes(run: LossRun, colour: string, named: boolean): PlotlyObject[] {
  const last = run.train.at(-1);
  if (!last) return [];
  const values = run.train.map(({ value }) => value);
  const mean = runningMean(values, smoothing).at(-1)!;
  const held = run.heldOut?.at(-1);
  const prefix = named ? `${run.name}, ` : "";
  const ends = [`${prefix}train ${fixed(mean, 2)}`, ...(held ? [`${prefix}held out ${fixed(held.value, 2)}`] : [])];
  if (held && held.value > mean) ends.reverse();
  const y = (mean + (held?.value ?? mean)) / 2;
  return [noteOf(ends.join("<br>"), { x: last.step, y, xanchor: "left", align: "left", xshift: 8 }, colour)];
}

function summaryOf(run: LossRun): string {
  const means = runningMean(
    run.train.map(({ value }) => value),
    smoothing,
  );
  const first = run.train[0];
  const held = run.heldOut?.at(-1);
  if (!first) return `${run.name} has no steps`;
  const ends = `${run.name} from ${fixed(first.value, 2)} to ${fixed(means.at(-1)!, 2)} in ${run.train.length} steps`;
  return held ? `${ends}, held out ${fixed(held.value, 2)}` : ends;
}
