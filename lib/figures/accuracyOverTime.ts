import { figureOf, noteOf, type Figure, type PlotlyObject } from "./figure";
import { lineEnds } from "./lineEnds";
import { colourOf, ink } from "./palette";

/** A trained recommender: how long it took and how good it is. */
export interface TimedAccuracy {
  readonly name: string;
  /** Seconds of training, mean over seeds. */
  readonly seconds: number;
  readonly accuracy: number;
  /** Standard deviation over seeds; absent for one. */
  readonly spread?: number;
}

/** Accuracy against training time on a logarithmic axis, a mark each; dashed lines for what needs no training. */
export function accuracyOverTime(options: {
  readonly metric: string;
  readonly points: readonly TimedAccuracy[];
  readonly floors?: readonly { readonly name: string; readonly accuracy: number }[];
  readonly title: string;
  readonly caption?: string;
}): Figure {
  const { metric, points, floors = [], title, caption } = options;
  const times = points.map(({ seconds }) => Math.log10(seconds));
  const highest = Math.max(...points.map(({ accuracy }) => accuracy), ...floors.map(({ accuracy }) => accuracy));
  const places = labelPlaces(points, times, highest);
  const [first, last] = [Math.min(...times) - 0.35, Math.max(...times) + 0.6];
  return figureOf(
    {
      title,
      ...(caption === undefined ? {} : { caption }),
      alt: `${title}: ${points.map((p) => `${p.name} ${p.accuracy.toFixed(4)} in ${p.seconds.toPrecision(2)} s`).join("; ")}`,
    },
    points.map((point, place) => markOf(point, colourOf(point.name, place))),
    {
      xaxis: {
        type: "log",
        title: { text: "seconds of training, up to the chosen epoch" },
        range: [first, last],
        tickvals: tickValues(first, last),
      },
      yaxis: { title: { text: metric }, zeroline: false, rangemode: "tozero" },
      shapes: floors.map(({ accuracy }) => ({
        type: "line",
        xref: "paper",
        x0: 0,
        x1: 1,
        y0: accuracy,
        y1: accuracy,
        line: { color: ink, width: 1, dash: "dot" },
      })),
      annotations: [
        ...points.map((point, place) => labelOf(point, places[place]!, colourOf(point.name, place))),
        ...lineEnds(
          floors.map(({ name, accuracy }) => ({ label: name, x: last, y: accuracy, colour: ink })),
          [0, ...points.map(({ accuracy }) => accuracy)],
        ),
      ],
      margin: { r: 24 + 7.2 * Math.max(0, ...floors.map(({ name }) => name.length)) },
    },
  );
}

/** 1, 2 and 5 of each power of ten between two exponents. */
function tickValues(first: number, last: number): readonly number[] {
  const powers = Array.from(
    { length: Math.ceil(last) - Math.floor(first) + 1 },
    (_, n) => 10 ** (Math.floor(first) + n),
  );
  return powers.flatMap((power) => [power, 2 * power, 5 * power].map((value) => Number(value.toPrecision(1))));
}

function markOf({ name, seconds, accuracy, spread }: TimedAccuracy, colour: string): PlotlyObject {
  return {
    type: "scatter",
    mode: "markers",
    name,
    x: [seconds],
    y: [accuracy],
    ...(spread === undefined
      ? {}
      : { error_y: { type: "data", array: [spread], color: colour, thickness: 1.5, width: 4 } }),
    marker: { size: 12, color: colour },
    hovertemplate: `${name}: %{y:.4f} in %{x:.1f} s<extra></extra>`,
  };
}

/** Pixels of a label's middle from its mark, and which end is at the mark. */
interface LabelPlace {
  readonly right: boolean;
  readonly up: number;
}

/** About what a decade of seconds and the height of the panel measure, in pixels. */
const [decade, height, letter, line] = [250, 230, 7.2, 14] as const;

/** Right of the mark where no mark, no whisker and no earlier label is in the way, or left of it, or a line higher or lower. */
function labelPlaces(
  points: readonly TimedAccuracy[],
  times: readonly number[],
  highest: number,
): readonly LabelPlace[] {
  const marks = points.map(({ accuracy }, p) => ({ x: decade * times[p]!, y: (height * accuracy) / highest }));
  const taken: (readonly [left: number, right: number, y: number])[] = marks.flatMap(({ x, y }, p) => {
    const half = (height * (points[p]!.spread ?? 0)) / highest;
    const whisker = Array.from({ length: Math.floor(half / line) + 1 }, (_, n) => Math.min(half, (n + 1) * line));
    return [[x - 7, x + 7, y], ...whisker.flatMap((up) => [y - up, y + up].map((at) => [x - 5, x + 5, at] as const))];
  });
  const choices = [0, line, -line, 2 * line, -2 * line].flatMap((up) => [
    { right: true, up },
    { right: false, up },
  ]);
  return points.map(({ name }, p) => {
    const { x, y } = marks[p]!;
    const boxOf = ({ right, up }: LabelPlace): readonly [number, number, number] => {
      const width = letter * name.length;
      return right ? [x + 10, x + 10 + width, y + up] : [x - 10 - width, x - 10, y + up];
    };
    const isFree = (choice: LabelPlace): boolean => {
      const [left, end, at] = boxOf(choice);
      return taken.every(([l, r, other]) => end < l || left > r || Math.abs(at - other) >= line - 1);
    };
    const chosen = choices.find(isFree) ?? choices[0]!;
    taken.push(boxOf(chosen));
    return chosen;
  });
}

function labelOf({ name, seconds, accuracy }: TimedAccuracy, { right, up }: LabelPlace, colour: string): PlotlyObject {
  const side = right ? ({ xanchor: "left", xshift: 10 } as const) : ({ xanchor: "right", xshift: -10 } as const);
  return noteOf(name, { x: Math.log10(seconds), y: accuracy, ...side, yshift: up, yanchor: "middle" }, colour);
}
