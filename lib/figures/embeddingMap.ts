import { escaped, figureOf, noteOf, type Figure, type PlotlyObject } from "./figure";
import { colourOf, faded, gridColour, palette } from "./palette";

/** Points of one kind on a map: users, items, profiles. */
export interface MapGroup {
  readonly name: string;
  readonly x: readonly number[];
  readonly y: readonly number[];
  /** Hover text of each point. */
  readonly labels?: readonly string[];
  /** Places in this group that are drawn large and named on the map. */
  readonly named?: readonly number[];
}

const symbols = ["circle", "diamond", "triangle-up", "square", "x"];

/** Several kinds of points on one plane, each with its own colour and shape; links join the points of two groups. */
export function embeddingMap(options: {
  readonly groups: readonly MapGroup[];
  readonly links?: readonly { readonly from: readonly [number, number]; readonly to: readonly [number, number] }[];
  readonly title: string;
  readonly xName?: string;
  readonly yName?: string;
  readonly caption?: string;
}): Figure {
  const coloured = options.groups.map((group, place) => ({ group, colour: colourOf(group.name, place), place }));
  return figureOf(
    {
      title: options.title,
      ...(options.caption === undefined ? {} : { caption: options.caption }),
      alt: `${options.title}: ${options.groups.map((group) => `${group.x.length} ${group.name}`).join(", ")}`,
    },
    [
      ...((options.links ?? []).length > 0 ? [linkLines(options.links ?? [])] : []),
      ...coloured.map(({ group, colour, place }) => pointsOf(group, colour, symbols[place % symbols.length]!)),
      ...coloured.flatMap(({ group, colour, place }) => namedPoints(group, colour, symbols[place % symbols.length]!)),
    ],
    {
      height: 500,
      xaxis: { title: { text: options.xName ?? "first component" }, zeroline: false },
      yaxis: { title: { text: options.yName ?? "second component" }, zeroline: false },
      annotations: coloured.flatMap(({ group, colour }) => names(group, colour)),
      showlegend: true,
      margin: { b: 92 },
    },
  );
}

function pointsOf(group: MapGroup, colour: string, symbol: string): PlotlyObject {
  const many = group.x.length > 150;
  return {
    type: "scatter",
    mode: "markers",
    name: `${group.name} (${group.x.length})`,
    x: group.x,
    y: group.y,
    text: (group.labels ?? []).map(escaped),
    hovertemplate: group.labels ? "%{text}<extra></extra>" : `${group.name}<extra></extra>`,
    marker: {
      line: { width: 0 },
      symbol,
      size: many ? 5 : 8,
      color: faded(colour, many ? 0.5 : 0.75),
    },
  };
}

/** The named points once more, large and above all others. */
function namedPoints(group: MapGroup, colour: string, symbol: string): PlotlyObject[] {
  const named = (group.named ?? []).filter((n) => n in group.x);
  if (named.length === 0) return [];
  const [x, y] = [named.map((n) => group.x[n]!), named.map((n) => group.y[n]!)];
  const marker = { symbol, size: 13, color: colour, line: { width: 1.5, color: "#FFFFFF" } };
  return [{ type: "scatter", mode: "markers", x, y, marker, hoverinfo: "skip", showlegend: false }];
}

function names(group: MapGroup, colour: string): PlotlyObject[] {
  return (group.named ?? []).map((n) => {
    const [x, y] = [group.x[n], group.y[n]];
    if (x === undefined || y === undefined) {
      throw new RangeError(`Cannot name point ${n} of ${group.name}: it has ${group.x.length} points`);
    }
    // Among many points a bare name cannot be read; the box is light in both themes, and the name legible on it.
    const box = { bgcolor: "rgba(255,255,255,0.85)", bordercolor: colour, borderpad: 2 };
    return { ...noteOf(escaped(group.labels?.[n] ?? group.name), { x, y, yshift: 20 }, colour), ...box };
  });
}

function linkLines(
  links: readonly { readonly from: readonly [number, number]; readonly to: readonly [number, number] }[],
): PlotlyObject {
  return {
    type: "scatter",
    mode: "lines",
    x: links.flatMap(({ from, to }) => [from[0], to[0], null]),
    y: links.flatMap(({ from, to }) => [from[1], to[1], null]),
    line: { color: links.length > 40 ? gridColour : faded(palette.grey, 0.5), width: 1 },
    hoverinfo: "skip",
    showlegend: false,
  };
}
