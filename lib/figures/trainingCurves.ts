import { figureOf, type Figure, type PlotlyObject } from "./figure";
import { fixed } from "./format";
import { lineEnds } from "./lineEnds";
import { colourOf } from "./palette";

/** A validation metric over the epochs of one training. */
export interface TrainingRun {
  readonly name: string;
  readonly epochs: readonly number[];
  /** [epochs] */
  readonly values: readonly number[];
  /** The epoch that validation chose. */
  readonly chosen: number;
  /** Whose colour the line has; that of its name unless said. */
  readonly colouredAs?: string;
  readonly dashed?: boolean;
}

/** Validation metric over epochs, one line a training, the chosen epoch ringed and labelled. */
export function trainingCurves(options: {
  readonly metric: string;
  readonly runs: readonly TrainingRun[];
  readonly title?: string;
  readonly caption?: string;
}): Figure {
  const title = options.title ?? `${options.metric} on the validation cut`;
  const runs = options.runs.map((run, place) => ({
    run,
    colour: colourOf(run.colouredAs ?? run.name, place),
    best: valueAt(run),
  }));
  return figureOf(
    {
      title,
      caption:
        options.caption ??
        "Rings: the epoch chosen on validation; the model is then trained on all of train for as long.",
      alt: `${title}: ${runs.map(({ run, best }) => `${run.name} ${fixed(best)} at epoch ${run.chosen}`).join("; ")}`,
    },
    runs.flatMap(({ run, colour, best }): PlotlyObject[] => [
      {
        type: "scatter",
        mode: "lines",
        name: run.name,
        x: run.epochs,
        y: run.values,
        line: { color: colour, width: 2, ...(run.dashed === true ? { dash: "dash" } : {}) },
        hovertemplate: `${run.name}, epoch %{x}: %{y:.4f}<extra></extra>`,
      },
      {
        type: "scatter",
        mode: "markers",
        name: `${run.name}, chosen`,
        x: [run.chosen],
        y: [best],
        marker: { symbol: "circle-open", size: 13, color: colour, line: { width: 3 } },
        hovertemplate: `${run.name}, chosen epoch %{x}: %{y:.4f}<extra></extra>`,
      },
    ]),
    {
      // Up to the last epoch: plotly's own range would leave room for the names a second time, beside the margin.
      xaxis: { title: { text: "epoch" }, range: [0, 1.02 * Math.max(1, ...runs.map(lastEpoch))], zeroline: false },
      yaxis: { title: { text: options.metric }, zeroline: false },
      annotations: lineEnds(
        runs.map(({ run, colour, best }) => ({
          label: `${run.name}, best ${fixed(best)}`,
          x: run.epochs.at(-1)!,
          y: run.values.at(-1)!,
          colour,
        })),
        runs.flatMap(({ run }) => run.values),
      ),
      margin: { r: 24 + 7.2 * Math.max(0, ...options.runs.map(({ name }) => name.length + 13)) },
    },
  );
}

function lastEpoch({ run }: { readonly run: TrainingRun }): number {
  return run.epochs.at(-1) ?? 0;
}

function valueAt(run: TrainingRun): number {
  const value = run.values[run.epochs.indexOf(run.chosen)];
  if (value === undefined) {
    throw new RangeError(
      `Cannot mark epoch ${run.chosen} of ${run.name}: it was not evaluated (${run.epochs.join(", ")})`,
    );
  }
  return value;
}
