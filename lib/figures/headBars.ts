import { escaped, figureOf, noteOf, type Figure } from "./figure";
import { percent } from "./format";
import { colourOf, ink } from "./palette";

/** What goes to the most popular items. */
export interface HeadShare {
  readonly name: string;
  /** 0..1, mean over seeds. */
  readonly share: number;
  /** Standard deviation over seeds; absent for one. */
  readonly spread?: number;
}

/** Bars of the share of recommendations that goes to the head, with the share it has of the pairs that are to be found. */
export function headBars(options: {
  readonly bars: readonly HeadShare[];
  /** The head's share of the test pairs, 0..1. */
  readonly truth: number;
  readonly title: string;
  readonly caption?: string;
}): Figure {
  const { bars, truth, title, caption } = options;
  const labels = bars.map(({ name }) => escaped(name));
  return figureOf(
    {
      title,
      ...(caption === undefined ? {} : { caption }),
      alt: `${title}: ${bars.map(({ name, share }) => `${name} ${percent(share)}`).join(", ")}; of the test pairs ${percent(truth)}`,
    },
    [
      {
        type: "bar",
        orientation: "h",
        y: labels,
        x: bars.map(({ share }) => share),
        error_x: { type: "data", array: bars.map(({ spread = 0 }) => spread), color: ink, thickness: 1.5, width: 3 },
        marker: { color: bars.map(({ name }, place) => colourOf(name, place)), line: { width: 0 } },
        hovertemplate: "%{y}: %{x:.1%}<extra></extra>",
      },
    ],
    {
      height: 190 + 40 * bars.length,
      bargap: 0.35,
      xaxis: {
        range: [0, 1.12],
        tickvals: [0, 0.25, 0.5, 0.75, 1],
        tickformat: ".0%",
        title: { text: "share of the lists of 20" },
      },
      yaxis: { autorange: "reversed", ticks: "", showline: false, showgrid: false },
      shapes: [
        {
          type: "line",
          x0: truth,
          x1: truth,
          yref: "paper",
          y0: 0,
          y1: 1,
          line: { color: ink, width: 1.5, dash: "dash" },
        },
      ],
      annotations: [
        noteOf(`of the test pairs ${percent(truth)}`, { x: truth, yref: "paper", y: 1, yanchor: "bottom" }),
        ...bars.map(({ share, spread = 0 }, row) =>
          noteOf(percent(share), { x: share + spread, y: row, xanchor: "left", xshift: 8 }),
        ),
      ],
    },
  );
}
