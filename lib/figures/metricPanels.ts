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
  /** Means of parts of what the mark is the mean of (tuning seeds), drawn as white dots. */
  readonly parts?: readonly number[];
}

/** One setting. */
export interface MetricPanel {
  /** "Full-shot", "Zero-shot". */
  readonly title: string;
  readonly rows: readonly MetricRow[];
  /** What every mark is to be held against: lines across the panel. */
  readonly references?: readonly MetricReference[];
}

/** A mean that belongs to no group of marks. */
export interface MetricReference {
  readonly variant: string;
  readonly mean: number;
}

/** What figures of a metric are made of. */
export interface MetricFigure {
  readonly metric: string;
  readonly panels: readonly MetricPanel[];
  readonly title?: string;
  /** Runs, folds, users: what the means are taken over. */
  readonly caption?: string;
}

/** How a variant's rows of one panel are drawn: x are recommenders, y means, both in the same order. */
export type MetricMark = (variant: {
  readonly name: string;
  readonly colour: string;
  readonly x: readonly string[];
  readonly y: readonly (number | null)[];
  /** Absent where no row has one. */
  readonly spreads?: readonly number[];
}) => PlotlyObject;

/** What a kind of mark asks of its panels. */
interface MarkedPanels {
  readonly mark: MetricMark;
  readonly fromZero: boolean;
  /** Beside the references' lines. */
  readonly shapes?: (panel: MetricPanel, axis: string) => readonly PlotlyObject[];
}

/** A panel for each setting, in it a group for each recommender and in that a mark for each variant; references are dotted lines. */
export function metricFigure({ metric, panels, title, caption }: MetricFigure, marked: MarkedPanels): Figure {
  const variants = ordered(
    panels.flatMap(({ rows }) => rows.map(({ variant }) => variant)),
    variantOrder,
  );
  const name = title ?? `${metric} with and without profiles`;
  const text = {
    headings: true,
    title: name,
    ...(caption === undefined ? {} : { caption }),
    alt: `${name}: ${panels.map(panelSummary).join("; ")}`,
  };
  const traces = panels.flatMap((panel, p) =>
    variants.flatMap((variant, place) => [
      markTrace(panel, variant, colourOf(variant, place), axisNumber(p), marked.mark),
      ...partsTrace(panel, variant, axisNumber(p)),
    ]),
  );
  return figureOf(text, traces, layoutOf(metric, panels, marked));
}

function layoutOf(metric: string, panels: readonly MetricPanel[], { fromZero, shapes }: MarkedPanels): PlotlyObject {
  const recommenders = new Set(panels.flatMap(({ rows }) => rows.map(({ recommender }) => recommender)));
  const references = panels.flatMap(({ references: own = [] }) => own);
  const stacked = recommenders.size > 3 || panels.length > 2 || references.length > 1;
  const labelled = Math.max(0, ...references.map((reference) => referenceText(reference).length));
  const drawn = panels.flatMap((panel, p) => [
    ...(panel.references ?? []).map(({ mean }) => referenceLine(mean, axisNumber(p))),
    ...(shapes?.(panel, axisNumber(p)) ?? []),
  ]);
  return {
    barmode: "group",
    scattermode: "group",
    bargap: 0.25,
    bargroupgap: 0.06,
    scattergap: 0.25,
    ...panelAxes(panels, metric, { stacked, fromZero }),
    ...(stacked ? { height: 120 + 290 * panels.length } : {}),
    annotations: [
      ...panels.map((panel, p) => panelHeading(escaped(panel.title), axisNumber(p))),
      ...panels.flatMap((panel, p) => referenceLabels(panel, axisNumber(p), fromZero)),
    ],
    ...(drawn.length > 0 ? { shapes: drawn } : {}),
    showlegend: true,
    margin: { b: 76, ...(labelled > 0 ? { r: Math.max(96, 16 + 7 * labelled) } : {}) },
  };
}

const axisNumber = (panel: number): string => (panel === 0 ? "" : String(panel + 1));

/** Panels of equal size, each with its own scale (zero-shot numbers are far from full-shot ones), side by side or one below the other. */
function panelAxes(
  panels: readonly MetricPanel[],
  valueName: string,
  { stacked, fromZero }: { readonly stacked: boolean; readonly fromZero: boolean },
): PlotlyObject {
  const { length } = panels;
  const places = panelGrid(length, { columns: stacked ? 1 : length, across: 0.09, down: 0.34 / length });
  const axes: Record<string, PlotlyObject> = {};
  for (const [p, { axis, x, y, leftmost }] of places.entries()) {
    axes[`xaxis${axis}`] = { domain: x, anchor: `y${axis}`, showgrid: false, ticks: "" };
    axes[`yaxis${axis}`] = {
      domain: y,
      anchor: `x${axis}`,
      ...(fromZero ? { rangemode: "tozero" } : { range: rangeOf(panels[p]!), zeroline: false }),
      ...(leftmost ? { title: { text: valueName, standoff: 10 } } : {}),
    };
  }
  return axes;
}

/** Everything drawn, with some room: plotly's own range of marks with whiskers begins at 0. */
function rangeOf({ rows, references = [] }: MetricPanel): [number, number] {
  const drawn = [
    ...rows.flatMap(({ mean, spread = 0, parts = [] }) => [mean - spread, mean + spread, ...parts]),
    ...references.map(({ mean }) => mean),
  ];
  const [low, high] = [Math.min(...drawn), Math.max(...drawn)];
  const room = 0.06 * (high - low || high || 1);
  return [low - room, high + room];
}

/** The recommenders of a panel, in house order. */
export function recommendersOf({ rows }: MetricPanel): readonly string[] {
  return ordered(
    rows.map(({ recommender }) => recommender),
    recommenderOrder,
  );
}

function markTrace(panel: MetricPanel, variant: string, colour: string, axis: string, mark: MetricMark): PlotlyObject {
  const x = recommendersOf(panel);
  const rows = x.map((name) => panel.rows.find((row) => row.recommender === name && row.variant === variant));
  const spreads = rows.map((row) => row?.spread ?? 0);
  return {
    ...mark({
      name: variant,
      colour,
      x,
      y: rows.map((row) => row?.mean ?? null),
      ...(spreads.some((spread) => spread > 0) ? { spreads } : {}),
    }),
    name: variant,
    offsetgroup: variant,
    legendgroup: variant,
    showlegend: axis === "",
    hovertemplate: `%{x}, ${variant}: %{y:.4f}<extra></extra>`,
    xaxis: `x${axis}`,
    yaxis: `y${axis}`,
  };
}

/** The parts of a variant's marks, over their middles. */
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

/** Behind the lines' right ends, where no mark is. */
function referenceLabels(panel: MetricPanel, axis: string, fromZero: boolean): readonly PlotlyObject[] {
  const { references = [] } = panel;
  const ends = references.map((reference) => ({ text: referenceText(reference), y: reference.mean }));
  const [low, high] = rangeOf(panel);
  return pushedApart(ends, (fromZero ? high : high - low) * textHeight).map(({ text, y }) => {
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
