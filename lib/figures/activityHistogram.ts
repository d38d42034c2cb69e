import { count } from "../core";
import { medianOf } from "../metrics";
import { binned, growingEdges, type Bins } from "./bins";
import { figureOf, noteOf, panelHeading, type Figure, type PlotlyObject } from "./figure";
import { palette } from "./palette";

/** How often each user and each item occurs. */
export interface Activity {
  /** [U], interactions of each user. */
  readonly perUser: ArrayLike<number>;
  /** [I], interactions of each item. */
  readonly perItem: ArrayLike<number>;
  readonly caption?: string;
}

/** Two histograms over interactions per user and per item, on logarithmic axes of activity; medians of those with any marked. */
export function activityHistogram(activity: Activity): Figure {
  const panels = [
    { ...activeOf(activity.perUser, "users"), colour: palette.blue, panel: "" },
    { ...activeOf(activity.perItem, "items"), colour: palette.orange, panel: "2" },
  ];
  const medians = panels.map(({ values }) => medianOf(values));
  const total = Array.from(activity.perUser).reduce((sum, value) => sum + value, 0);
  const shown = panels.map(({ values }) => binned(values, growingEdges(largestOf(values))));
  // Above the bars there is room for the median's name.
  const ranges = shown.map(({ counts }) => [0, 1.15 * Math.max(1, ...counts)]);
  return figureOf(
    {
      headings: true,
      title: "How active users and items are",
      ...(activity.caption === undefined ? {} : { caption: activity.caption }),
      alt:
        `How active users and items are: ${count(total)} interactions of ${count(activity.perUser.length)} users ` +
        `(median ${medians[0]}) with ${count(activity.perItem.length)} items (median ${medians[1]})`,
    },
    panels.map(({ colour, panel, heading }, p) => bars(shown[p]!, colour, panel, heading)),
    {
      xaxis: { type: "log", title: { text: "interactions of a user" }, domain: [0, 0.46], ...ticks },
      xaxis2: { type: "log", title: { text: "interactions of an item" }, domain: [0.54, 1], ...ticks, anchor: "y2" },
      yaxis: { title: { text: "users" }, range: ranges[0] },
      yaxis2: { title: { text: "items" }, anchor: "x2", range: ranges[1] },
      shapes: medians.map((median, p) => medianLine(median, panels[p]!.panel)),
      annotations: panels.flatMap(({ heading, panel }, p) => [
        panelHeading(heading, panel),
        medianNote(medians[p]!, panel),
      ]),
    },
  );
}

/** Those that occur at all: a logarithm has no place for the others, which the heading counts. */
function activeOf(all: ArrayLike<number>, name: string) {
  const values = Array.from(all).filter((value) => value > 0);
  const idle = all.length - values.length;
  return { values, heading: `${count(all.length)} ${name}${idle > 0 ? `, ${count(idle)} without any` : ""}` };
}

const ticks = { tickvals: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 1e4, 2e4, 5e4, 1e5] };

function largestOf(values: ArrayLike<number>): number {
  let largest = 1;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, values[i]!);
  return largest;
}

function bars(bins: Bins, colour: string, panel: string, name: string): PlotlyObject {
  // Nobody below the least active one: the axis begins there.
  const first = Math.max(
    0,
    bins.counts.findIndex((found) => found > 0),
  );
  const low = bins.edges.slice(first, -1);
  const high = bins.edges.slice(first + 1);
  return {
    type: "bar",
    name,
    x: low,
    y: bins.counts.slice(first),
    offset: 0,
    width: low.map((edge, b) => high[b]! - edge),
    customdata: low.map((edge, b) => [edge, high[b]! - 1]),
    hovertemplate: "%{customdata[0]} to %{customdata[1]}: %{y}<extra></extra>",
    marker: { color: colour, line: { width: 0 } },
    xaxis: `x${panel}`,
    yaxis: `y${panel}`,
  };
}

function medianLine(median: number, panel: string): PlotlyObject {
  const place = { xref: `x${panel}`, yref: `y${panel} domain`, x0: median, x1: median, y0: 0, y1: 1 };
  return { type: "line", ...place, line: { color: palette.grey, width: 1.5, dash: "dot" } };
}

function medianNote(median: number, panel: string): PlotlyObject {
  const place = { xref: `x${panel}`, yref: `y${panel} domain`, x: Math.log10(Math.max(1, median)), y: 0.98 };
  return { ...noteOf(`median ${median}`, place), xanchor: "left", xshift: 5, yanchor: "top" };
}
