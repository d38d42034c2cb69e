import { escaped, figureOf, noteOf, panelHeading, type Figure, type PlotlyObject } from "./figure";
import { colourOf, ink, ordered, recommenderOrder } from "./palette";
import { panelGrid } from "./panelGrid";

/** Seconds of an epoch without and with profiles. */
export interface CostRow {
  readonly size: string;
  readonly recommender: string;
  readonly base: number;
  readonly augmented: number;
  /** augmented / base - 1 */
  readonly cost: number;
}

/** Two marks a recommender on a logarithmic axis, a panel a size; the added cost in per cent stands above each pair. */
export function costDots(options: {
  readonly rows: readonly CostRow[];
  readonly title: string;
  readonly caption?: string;
}): Figure {
  const { rows, title, caption } = options;
  const sizes = [...new Set(rows.map(({ size }) => size))];
  const places = panelGrid(sizes.length, { columns: Math.min(2, sizes.length), across: 0.1, down: 0.25 });
  const panels = sizes.map((size, p) => ({
    size,
    place: places[p]!,
    own: inOrder(rows.filter((row) => row.size === size)),
  }));
  return figureOf(
    {
      title,
      headings: true,
      ...(caption === undefined ? {} : { caption }),
      alt: `${title}: ${rows.map((row) => `${row.size}, ${row.recommender} ${percent(row.cost)}`).join("; ")}`,
    },
    panels.flatMap(({ place, own }, p) => [
      linksOf(own, place.axis),
      marksOf(own, "Base", ({ base }) => base, place.axis, p === 0),
      marksOf(own, "Augmented", ({ augmented }) => augmented, place.axis, p === 0),
    ]),
    {
      ...Object.fromEntries(panels.flatMap(({ place, own }) => axesOf(place, own))),
      annotations: panels.flatMap(({ size, place, own }) => [
        panelHeading(escaped(size), place.axis),
        ...own.map((row) =>
          noteOf(percent(row.cost), {
            xref: `x${place.axis}`,
            yref: `y${place.axis}`,
            x: row.recommender,
            y: Math.log10(Math.max(row.base, row.augmented)),
            yanchor: "bottom",
            yshift: 8,
          }),
        ),
      ]),
      showlegend: true,
      margin: { b: 76 },
    },
  );
}

function inOrder(rows: readonly CostRow[]): readonly CostRow[] {
  const names = ordered(
    rows.map(({ recommender }) => recommender),
    recommenderOrder,
  );
  return names.map((name) => rows.find(({ recommender }) => recommender === name)!);
}

/** From each recommender's Base to its Augmented. */
function linksOf(rows: readonly CostRow[], axis: string): PlotlyObject {
  return {
    type: "scatter",
    mode: "lines",
    x: rows.flatMap(({ recommender }) => [recommender, recommender, null]),
    y: rows.flatMap(({ base, augmented }) => [base, augmented, null]),
    line: { color: ink, width: 2 },
    hoverinfo: "skip",
    showlegend: false,
    xaxis: `x${axis}`,
    yaxis: `y${axis}`,
  };
}

function marksOf(
  rows: readonly CostRow[],
  name: string,
  seconds: (row: CostRow) => number,
  axis: string,
  inLegend: boolean,
): PlotlyObject {
  return {
    type: "scatter",
    mode: "markers",
    name,
    legendgroup: name,
    showlegend: inLegend,
    x: rows.map(({ recommender }) => recommender),
    y: rows.map(seconds),
    marker: { color: colourOf(name, 0), size: 12, line: { width: 0 } },
    hovertemplate: `%{x}, ${name}: %{y:.3g} s<extra></extra>`,
    xaxis: `x${axis}`,
    yaxis: `y${axis}`,
  };
}

function axesOf(
  { axis, x, y, leftmost }: ReturnType<typeof panelGrid>[number],
  rows: readonly CostRow[],
): readonly (readonly [string, PlotlyObject])[] {
  const seconds = rows.flatMap(({ base, augmented }) => [base, augmented]);
  const range = [Math.log10(Math.min(...seconds)) - 0.2, Math.log10(Math.max(...seconds)) + 0.35];
  const title = leftmost ? { title: { text: "seconds of an epoch", standoff: 10 } } : {};
  return [
    [`xaxis${axis}`, { domain: x, anchor: `y${axis}`, showgrid: false, ticks: "", range: [-0.5, rows.length - 0.5] }],
    [`yaxis${axis}`, { domain: y, anchor: `x${axis}`, type: "log", dtick: 1, range, linecolor: ink, ...title }],
  ];
}

function percent(share: number): string {
  return `${share >= 0 ? "+" : ""}${(100 * share).toFixed(share < 0.1 ? 1 : 0)}%`;
}
