import { figureOf, type Figure, type PlotlyObject } from "./figure";
import { fixed } from "./format";
import { lineEnds } from "./lineEnds";
import { colourOf, faded } from "./palette";

/** A metric over the epochs, over several seeds. */
export interface SeedCurve {
  readonly name: string;
  readonly epochs: readonly number[];
  /** [epochs] */
  readonly mean: readonly number[];
  /** [epochs] of the lowest seed. */
  readonly low: readonly number[];
  /** [epochs] of the highest seed. */
  readonly high: readonly number[];
}

/** One line a recommender, the mean over seeds, in a band from the lowest seed to the highest. */
export function seedCurves(options: {
  readonly metric: string;
  readonly curves: readonly SeedCurve[];
  readonly title: string;
  readonly caption?: string;
}): Figure {
  const { metric, title, caption } = options;
  const curves = options.curves.map((curve, place) => ({ curve, colour: colourOf(curve.name, place) }));
  const endOf = ({ name, mean }: SeedCurve): string => `${name} ${fixed(mean.at(-1)!)}`;
  return figureOf(
    {
      title,
      ...(caption === undefined ? {} : { caption }),
      alt: `${title}: at the last epoch ${options.curves.map(endOf).join(", ")}`,
    },
    // Lines over all bands, which would tint them.
    [
      ...curves.map(({ curve, colour }) => bandOf(curve, colour)),
      ...curves.map(({ curve, colour }) => lineOf(curve, colour)),
    ],
    {
      xaxis: {
        title: { text: "epoch" },
        range: [0, 1.02 * Math.max(1, ...options.curves.map(({ epochs }) => epochs.at(-1) ?? 0))],
        zeroline: false,
      },
      yaxis: { title: { text: metric }, zeroline: false },
      annotations: lineEnds(
        curves.map(({ curve, colour }) => ({
          label: endOf(curve),
          x: curve.epochs.at(-1)!,
          y: curve.mean.at(-1)!,
          colour,
        })),
        options.curves.flatMap(({ low, high }) => [...low, ...high]),
      ),
      margin: { r: 24 + 7.2 * Math.max(0, ...options.curves.map((curve) => endOf(curve).length)) },
    },
  );
}

function bandOf({ name, epochs, low, high }: SeedCurve, colour: string): PlotlyObject {
  return {
    type: "scatter",
    mode: "lines",
    name: `${name}, all seeds`,
    x: [...epochs, ...[...epochs].reverse()],
    y: [...high, ...[...low].reverse()],
    fill: "toself",
    fillcolor: faded(colour, 0.12),
    line: { width: 0 },
    hoverinfo: "skip",
  };
}

function lineOf({ name, epochs, mean }: SeedCurve, colour: string): PlotlyObject {
  return {
    type: "scatter",
    mode: "lines",
    name,
    x: epochs,
    y: mean,
    line: { color: colour, width: 2 },
    hovertemplate: `${name}, epoch %{x}: %{y:.4f}<extra></extra>`,
  };
}
