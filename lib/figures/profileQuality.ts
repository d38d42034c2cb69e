import { legible } from "./contrast";
import { figureOf, wrapped, type Figure, type PlotlyObject } from "./figure";
import { percent } from "./format";
import { colourOf, faded, ink } from "./palette";

/** A share with its confidence interval, all 0..1. */
export interface ShareBar {
  /** "Untuned", "KD", "Mask", "RecLM". */
  readonly variant: string;
  readonly share: number;
  readonly low: number;
  readonly high: number;
}

/** Shares of one quality, one for each variant. */
export interface QualityGroup {
  /** "complete format", "distinct". */
  readonly measure: string;
  readonly bars: readonly ShareBar[];
}

/** Grouped bars of shares with their (Wilson) intervals and values written above. */
export function profileQuality(options: {
  readonly groups: readonly QualityGroup[];
  /** Profiles judged. */
  readonly n: number;
  readonly title?: string;
  readonly caption?: string;
  /** What is counted; "share of profiles" unless said. */
  readonly yName?: string;
  /** A share that chance alone reaches, as a dotted line. */
  readonly chance?: number;
}): Figure {
  const variants = [...new Set(options.groups.flatMap((group) => group.bars.map(({ variant }) => variant)))];
  const title = options.title ?? "Quality of the profiles";
  const labels = options.groups.map(({ measure }) => wrapped(measure, Math.max(10, 80 / options.groups.length)));
  return figureOf(
    {
      title,
      caption: options.caption ?? `n = ${options.n} users never seen in tuning; whiskers: 95% Wilson intervals.`,
      alt: `${title} (n = ${options.n}): ${options.groups.map(summaryOf).join("; ")}`,
    },
    variants.flatMap((variant, place) => tracesOf(variant, place, variants.length, options.groups)),
    {
      xaxis: {
        showgrid: false,
        ticks: "",
        zeroline: false,
        tickvals: options.groups.map((_, g) => g),
        ticktext: labels.map((lines) => lines.join("<br>")),
        // Turned labels hang outside, and the last one is left out.
        tickangle: 0,
        range: [-0.5, options.groups.length - 0.5],
      },
      yaxis: {
        range: [0, 1.12],
        tickformat: ".0%",
        tickvals: [0, 0.25, 0.5, 0.75, 1],
        title: { text: options.yName ?? "share of profiles", standoff: 12 },
      },
      showlegend: variants.length > 1,
      ...(options.chance === undefined ? {} : { shapes: [chanceLine(options.chance)] }),
      margin: { l: 82, b: 62 + 14 * Math.max(1, ...labels.map(({ length }) => length)) },
    },
  );
}

function chanceLine(share: number): PlotlyObject {
  const line = { color: ink, width: 1.5, dash: "dot" };
  return { type: "line", xref: "paper", x0: 0, x1: 1, y0: share, y1: share, line };
}

const groupWidth = 0.72;

/** Bars and, above their whiskers, the values; groups stand at whole numbers so that both share their places. */
function tracesOf(variant: string, place: number, variants: number, groups: readonly QualityGroup[]): PlotlyObject[] {
  const bars = groups.flatMap((group, g) =>
    group.bars
      .filter((bar) => bar.variant === variant)
      .map((bar) => ({ bar, x: g + (groupWidth * (place + 0.5)) / variants - groupWidth / 2 })),
  );
  const x = bars.map((entry) => entry.x);
  const shares = bars.map(({ bar }) => bar.share);
  return [
    {
      type: "bar",
      name: variant,
      x,
      y: shares,
      width: (0.9 * groupWidth) / variants,
      offset: (-0.45 * groupWidth) / variants,
      error_y: {
        type: "data",
        symmetric: false,
        array: bars.map(({ bar }) => bar.high - bar.share),
        arrayminus: bars.map(({ bar }) => bar.share - bar.low),
        color: ink,
        thickness: 1.5,
        width: 4,
      },
      // Paler than its edge, so that whiskers show.
      marker: { color: faded(colourOf(variant, place), 0.55), line: { color: colourOf(variant, place), width: 1 } },
      hovertemplate: `${variant}: %{y:.1%}<extra></extra>`,
    },
    {
      type: "scatter",
      mode: "text",
      x,
      y: bars.map(({ bar }) => bar.high + 0.015),
      text: shares.map(percent),
      textposition: "top center",
      textfont: { color: legible(colourOf(variant, place)), size: 11 },
      hoverinfo: "skip",
      showlegend: false,
    },
  ];
}

function summaryOf(group: QualityGroup): string {
  const bars = group.bars.map(
    ({ variant, share, low, high }) => `${variant} ${percent(share)} [${percent(low)}, ${percent(high)}]`,
  );
  return `${group.measure}: ${bars.join(", ")}`;
}
