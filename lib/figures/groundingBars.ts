import { count } from "../core";
import { inkOn } from "./contrast";
import { escaped, figureOf, type Figure } from "./figure";
import { percent } from "./format";
import { palette } from "./palette";

/** Where one variant's profile terms come from, as shares that add up to 1. */
export interface Grounding {
  readonly variant: string;
  /** In the user's own items. */
  readonly own: number;
  /** In a neighbour's items and not in the user's own. */
  readonly neighboursOnly: number;
  readonly neither: number;
  /** Terms counted. */
  readonly terms: number;
}

const sources = [
  { key: "own", name: "the user's own items", colour: palette.blue },
  { key: "neighboursOnly", name: "neighbours' items only", colour: palette.orange },
  { key: "neither", name: "neither", colour: palette.grey },
] as const;

/** Fewer terms have no shares worth drawing. */
const leastTerms = 20;

/** One bar a variant, split by the source of its terms; none for a variant with fewer than 20 terms. */
export function groundingBars(options: {
  readonly variants: readonly Grounding[];
  readonly title?: string;
  readonly caption?: string;
}): Figure {
  const title = options.title ?? "Where the terms of the profiles come from";
  const isDrawn = ({ terms }: Grounding): boolean => terms >= leastTerms;
  const labels = options.variants.map((row) => {
    const terms = `${count(row.terms)} terms${isDrawn(row) ? "" : ", too few"}`;
    return `${escaped(row.variant)}<br>(${terms})`;
  });
  return figureOf(
    {
      title,
      ...(options.caption === undefined ? {} : { caption: options.caption }),
      alt: `${title}: ${options.variants
        .map((row) =>
          isDrawn(row)
            ? `${row.variant} ${percent(row.own)} own, ${percent(row.neighboursOnly)} neighbours only, ${percent(row.neither)} neither`
            : `${row.variant} ${count(row.terms)} terms`,
        )
        .join("; ")}`,
    },
    sources.map(({ key, name, colour }) => ({
      type: "bar",
      orientation: "h",
      name,
      y: labels,
      x: options.variants.map((row) => (isDrawn(row) ? row[key] : null)),
      text: options.variants.map((row) => (isDrawn(row) && row[key] >= 0.05 ? percent(row[key]) : "")),
      textposition: "inside",
      insidetextanchor: "middle",
      textangle: 0,
      insidetextfont: { color: inkOn(colour) },
      marker: { color: colour, line: { width: 0 } },
      hovertemplate: `${name}: %{x:.1%}<extra></extra>`,
    })),
    {
      height: 165 + 52 * options.variants.length,
      barmode: "stack",
      bargap: 0.3,
      xaxis: { range: [0, 1], tickformat: ".0%", title: { text: "share of terms" } },
      yaxis: { autorange: "reversed", ticks: "", showline: false, showgrid: false },
      showlegend: true,
      legend: { traceorder: "normal" },
      margin: { b: 88 },
    },
  );
}
