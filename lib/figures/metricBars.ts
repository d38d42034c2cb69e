import { escaped, figureOf, noteOf, panelHeading, type Figure, type PlotlyObject } from "./figure";
import { fixed } from "./format";
import { pushedApart } from "./lineEnds";
import { colourOf, ink, ordered, recommenderOrder, variantOrder } from "./palette";
import { panelGrid } from "./panelGrid";

/** One recommender and variant in one setting. */
export interface MetricRow {
  readonly recommender: string;
  /** "Base", "Augmented" or a control. */
  readonly variant: string;
  readonly mean: number;
  /** Standard deviation over runs; absent where there is one run only. */
  readonly spread?: number;
  /** Means of parts of what the bar is the mean of (tuning seeds), drawn as dots. */
  readonly parts?: readonly number[];
}

/** One setting. */
export interface MetricPanel {
  /** "Full-shot", "Zero-shot". */
  readonly title: string;
  readonly rows: readonly MetricRow[];
  /** What every bar is to be held against: lines across the panel. */
  readonly references?: readonly MetricReference[];
}

/** A mean that belongs to no group of bars. */
export interface MetricReference {
  readonly variant: string;
  readonly mean: number;
}

/**
 * Bars of an accuracy metric, a group for each recommender, a panel for each setting; whiskers are one standard deviation, dots the
 * means of parts.
 */
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
  const recommenders = new Set(rows.map(({ recommender }) => recommender));
  const references = options.panels.flatMap(({ references: own = [] }, p) => own.map((line) => ({ ...line, p })));
  const stacked = recommenders.size > 3 || options.panels.length > 2 || references.length > 1;
  const labelled = Math.max(0, ...references.map((reference) => referenceText(reference).length));
  const title = options.title ?? `${options.metric} with and without profiles`;
  const annotations = [
    ...options.panels.map((panel, p) => panelHeading(escaped(panel.title), axisNumber(p))),
    ...options.panels.flatMap((panel, p) => referenceLabels(panel, axisNumber(p))),
  ];
  return figureOf(
    {
      headings: true,
      title,
      ...(options.caption === undefined ? {} : { caption: options.caption }),
      alt: `${title}: ${options.panels.map(panelSummary).join("; ")}`,
    },
    options.panels.flatMap((panel, p) =>
      variants.flatMap((variant, place) => [
        traceOf(panel, variant, colourOf(variant, place), axisNumber(p), p === 0),
        ...partsTrace(panel, variant, axisNumber(p)),
      ]),
    ),
    {
      barmode: "group",
      scattermode: "group",
      bargap: 0.25,
      bargroupgap: 0.06,
      ...panelAxes(options.panels.length, options.metric, stacked),
      ...(stacked ? { height: 120 + 290 * options.panels.length } : {}),
      annotations,
      ...(references.length > 0 ? { shapes: references.map(({ mean, p }) => referenceLine(mean, axisNumber(p))) } : {}),
      showlegend: true,
      margin: { b: 76, ...(labelled > 0 ? { r: Math.max(96, 16 + 7 * labelled) } : {}) },
    },
  );
}

const axisNumber = (panel: number): string => (panel === 0 ? "" : String(panel + 1));

/** Panels of equal size, each with its own scale (zero-shot numbers are far from full-shot ones), side by side or one below the other. */
export function panelAxes(panels: number, valueName: string, stacked = false): PlotlyObject {
  const places = panelGrid(panels, { columns: stacked ? 1 : panels, across: 0.09, down: 0.34 / panels });
  const axes: Record<string, PlotlyObject> = {};
  for (const { axis, x, y, leftmost } of places) {
    axes[`xaxis${axis}`] = { domain: x, anchor: `y${axis}`, showgrid: false, ticks: "" };
    axes[`yaxis${axis}`] = {
      domain: y,
      anchor: `x${axis}`,
      rangemode: "tozero",
      ...(leftmost ? { title: { text: valueName, standoff: 10 } } : {}),
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
    offsetgroup: variant,
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

/** The parts of a variant's bars, over their middles. */
function partsTrace(panel: MetricPanel, variant: string, axis: string): readonly PlotlyObject[] {
  const points = panel.rows
    .filter((row) => row.variant === variant)
    .flatMap(({ recommender, parts = [] }) => parts.map((mean) => ({ recommender, mean })));
  if (points.length === 0) return [];
  return [
    {
      type: "scatter",
      mode: "markers",
      name: variant,
      offsetgroup: variant,
      legendgroup: variant,
      showlegend: false,
      x: points.map(({ recommender }) => recommender),
      y: points.map(({ mean }) => mean),
      marker: { color: "#FFFFFF", size: 5, line: { color: ink, width: 1.2 } },
      hovertemplate: `%{x}, ${variant}: %{y:.4f}<extra></extra>`,
      xaxis: `x${axis}`,
      yaxis: `y${axis}`,
    },
  ];
}

function referenceLine(mean: number, axis: string): PlotlyObject {
  const ends = { xref: `x${axis} domain`, x0: 0, x1: 1, yref: `y${axis}`, y0: mean, y1: mean };
  return { type: "line", ...ends, line: { color: ink, width: 1.5, dash: "dot" } };
}

/** Behind the lines' right ends, where no bar is. */
function referenceLabels({ references = [], rows }: MetricPanel, axis: string): readonly PlotlyObject[] {
  const tallest = Math.max(...[...rows, ...references].map(({ mean }) => mean));
  const ends = references.map((reference) => ({ text: referenceText(reference), y: reference.mean }));
  return pushedApart(ends, tallest * textHeight).map(({ text, y }) => {
    const place = { xref: `x${axis} domain`, x: 1, xanchor: "left", xshift: 4, yref: `y${axis}`, y };
    return noteOf(escaped(text), place);
  });
}

/** Of a line of text, in heights of a stacked panel. */
const textHeight = 0.075;

function referenceText({ variant, mean }: MetricReference): string {
  return `${variant} ${fixed(mean, 3)}`;
}

function panelSummary({ title, rows, references = [] }: MetricPanel): string {
  const lines = references.map(({ variant, mean }) => `${variant} ${fixed(mean, 4)}`);
  return `${title} ${[...lines, ...rows.map(summaryOf)].join(", ")}`;
}

function summaryOf(row: MetricRow): string {
  const spread = row.spread === undefined ? "" : ` ± ${fixed(row.spread, 4)}`;
  return `${row.recommender} ${row.variant} ${fixed(row.mean, 4)}${spread}`;
}
