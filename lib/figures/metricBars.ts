import { escaped, figureOf, panelHeading, type Figure, type PlotlyObject } from "./figure";
import { fixed } from "./format";
import { colourOf, ink, ordered, recommenderOrder, variantOrder } from "./palette";

/** One recommender and variant in one setting. */
export interface MetricRow {
  readonly recommender: string;
  /** "Base", "Augmented" or a control. */
  readonly variant: string;
  readonly mean: number;
  /** Standard deviation over runs; absent where there is one run only. */
  readonly spread?: number;
}

/** One setting. */
export interface MetricPanel {
  /** "Full-shot", "Zero-shot". */
  readonly title: string;
  readonly rows: readonly MetricRow[];
}

/** Bars of an accuracy metric, a group for each recommender, a panel for each setting; whiskers are one standard deviation. */
export function metricBars(options: {
  readonly metric: string;
  readonly panels: readonly MetricPanel[];
  readonly title?: string;
  /** Runs, folds, users: what the means are taken over. */
  readonly caption?: string;
}): Figure {
  const rows = options.panels.flatMap((panel) => panel.rows);
  const variants = ordered(
    rows.map(({ variant }) => variant),
    variantOrder,
  );
  const title = options.title ?? `${options.metric} with and without profiles`;
  const annotations = options.panels.map((panel, p) => panelHeading(escaped(panel.title), axisNumber(p)));
  return figureOf(
    {
      headings: true,
      title,
      ...(options.caption === undefined ? {} : { caption: options.caption }),
      alt: `${title}: ${options.panels.map((panel) => `${panel.title} ${panel.rows.map(summaryOf).join(", ")}`).join("; ")}`,
    },
    options.panels.flatMap((panel, p) =>
      variants.map((variant, place) => traceOf(panel, variant, colourOf(variant, place), axisNumber(p), p === 0)),
    ),
    {
      barmode: "group",
      bargap: 0.25,
      bargroupgap: 0.06,
      ...panelAxes(options.panels.length, options.metric),
      annotations,
      showlegend: true,
      margin: { b: 76 },
    },
  );
}

const axisNumber = (panel: number): string => (panel === 0 ? "" : String(panel + 1));

/** Side-by-side panels of equal width, each with its own scale: zero-shot numbers are far smaller than full-shot ones. */
export function panelAxes(panels: number, valueName: string): PlotlyObject {
  const gap = 0.09;
  const width = (1 - gap * (panels - 1)) / panels;
  const axes: Record<string, PlotlyObject> = {};
  for (let p = 0; p < panels; p++) {
    const start = p * (width + gap);
    const domain = [start, Math.min(1, start + width)];
    axes[`xaxis${axisNumber(p)}`] = { domain, anchor: `y${axisNumber(p)}`, showgrid: false, ticks: "" };
    axes[`yaxis${axisNumber(p)}`] = {
      anchor: `x${axisNumber(p)}`,
      rangemode: "tozero",
      ...(p === 0 ? { title: { text: valueName, standoff: 10 } } : {}),
    };
  }
  return axes;
}

function traceOf(panel: MetricPanel, variant: string, colour: string, axis: string, inLegend: boolean): PlotlyObject {
  const recommenders = ordered(
    panel.rows.map(({ recommender }) => recommender),
    recommenderOrder,
  );
  const rows = recommenders.map((name) =>
    panel.rows.find((row) => row.recommender === name && row.variant === variant),
  );
  const spreads = rows.map((row) => row?.spread ?? 0);
  return {
    type: "bar",
    name: variant,
    legendgroup: variant,
    showlegend: inLegend,
    x: recommenders,
    y: rows.map((row) => row?.mean ?? null),
    ...(spreads.some((spread) => spread > 0)
      ? { error_y: { type: "data", array: spreads, color: ink, thickness: 1.5, width: 3 } }
      : {}),
    marker: { color: colour, line: { width: 0 } },
    hovertemplate: `%{x}, ${variant}: %{y:.4f}<extra></extra>`,
    xaxis: `x${axis}`,
    yaxis: `y${axis}`,
  };
}

function summaryOf(row: MetricRow): string {
  const spread = row.spread === undefined ? "" : ` ± ${fixed(row.spread, 4)}`;
  return `${row.recommender} ${row.variant} ${fixed(row.mean, 4)}${spread}`;
}
