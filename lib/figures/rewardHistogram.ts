import { count } from "../core";
import { medianOf } from "../metrics";
import { binned, evenEdges } from "./bins";
import { escaped, figureOf, noteOf, panelHeading, type Figure, type PlotlyObject } from "./figure";
import { fixed } from "./format";
import { markMedians, rangeWithLabels, type MarkedMedians } from "./medianMarks";
import { colourOf, faded, ink } from "./palette";
import { panelGrid, type PanelPlace } from "./panelGrid";

/** Scores of one kind of answers. */
export interface RewardGroup {
  /** "chosen", "rejected", "Mask", "RecLM". */
  readonly name: string;
  readonly scores: readonly number[];
}

/** The groups of one kind of pairs. */
export interface RewardPanel {
  /** How the rejected answers were made: "similar user's profile". */
  readonly title: string;
  readonly groups: readonly RewardGroup[];
}

interface Words {
  readonly title?: string;
  readonly caption?: string;
  /** What the scores are; "reward model's score" unless said. */
  readonly axis?: string;
  /** What dashed lines mark; "median" unless said. */
  readonly mark?: Mark;
}

/** One histogram, or small multiples in two columns; a panel holds 1 to 5 groups. */
export type RewardHistogram =
  | (Words & { readonly groups: readonly RewardGroup[]; readonly panels?: never })
  | (Words & { readonly panels: readonly RewardPanel[]; readonly groups?: never });

/**
 * Overlaid histograms of reward scores as shares of each group, all in the same bins, medians (or means) marked.
 *
 * Throws a RangeError for a group without scores, a score that is not finite, and for no or more than 5 groups.
 *
 * @example rewardHistogram({ groups: [{ name: "chosen", scores: [1.2, 0.4] }, { name: "rejected", scores: [-0.3] }] })
 */
export function rewardHistogram(options: RewardHistogram): Figure {
  const panels = options.panels ?? [{ title: "", groups: options.groups }];
  checkPanels(panels);
  const names = [...new Set(panels.flatMap(({ groups }) => groups.map(({ name }) => name)))];
  const multiple = options.panels !== undefined;
  const edges = edgesOf(panels, multiple ? 20 : 28);
  const mark = options.mark ?? "median";
  const look: Look = { mark, edges, names, plotWidth: multiple ? 298 : 668, plotHeight: multiple ? panelHeight : 300 };
  const places = panelGrid(panels.length, gridOf(panels.length, multiple));
  const axis = escaped(options.axis ?? "reward model's score");
  const drawn = panels.map((panel, p) => drawPanel(panel, places[p]!, look));
  const title = options.title ?? "How the reward model scores the answers";
  return figureOf(
    {
      headings: multiple,
      title,
      caption: options.caption ?? captionOf(panels, mark),
      alt: `${title}: ${panels.map((panel) => summaryOf(panel, multiple, mark)).join("; ")}`,
    },
    drawn.flatMap(({ traces }) => traces),
    {
      height: multiple ? heightOf(panels.length) : 440,
      barmode: "overlay",
      bargap: 0,
      ...axesOf(places, drawn, edges, multiple ? "" : axis),
      shapes: drawn.flatMap(({ medians }) => medians.shapes),
      annotations: [
        ...drawn.flatMap(({ medians }) => medians.annotations),
        ...(multiple ? headingsOf(panels, places, axis) : []),
      ],
    },
  );
}

const panelHeight = 132;
const panelGap = 74;

type Mark = "median" | "mean";

const middleOf: Readonly<Record<Mark, (scores: readonly number[]) => number>> = {
  median: medianOf,
  mean: (scores) => scores.reduce((sum, score) => sum + score, 0) / scores.length,
};

interface Look {
  readonly mark: Mark;
  readonly edges: readonly number[];
  /** Of all panels: a name keeps its colour. */
  readonly names: readonly string[];
  /** In px, at the figure's own width. */
  readonly plotWidth: number;
  readonly plotHeight: number;
}

interface Drawn {
  readonly traces: readonly PlotlyObject[];
  readonly medians: MarkedMedians;
}

function checkPanels(panels: readonly RewardPanel[]): void {
  if (panels.length === 0) throw new RangeError("Cannot draw reward scores: there is no panel");
  for (const { title, groups } of panels) {
    const where = title === "" ? "" : ` of ${title}`;
    if (groups.length < 1 || groups.length > 5)
      throw new RangeError(`Cannot draw reward scores${where}: ${groups.length} groups are not 1 to 5`);
    for (const { name, scores } of groups) {
      if (scores.length === 0) throw new RangeError(`Cannot draw reward scores${where}: ${name} has none`);
      const bad = scores.find((score) => !Number.isFinite(score));
      if (bad !== undefined) throw new RangeError(`Cannot draw reward scores${where}: ${name} holds ${bad}`);
    }
  }
}

function gridOf(panels: number, multiple: boolean): { columns: number; across: number; down: number } {
  const rows = Math.ceil(panels / 2);
  const down = panelGap / (rows * panelHeight + (rows - 1) * panelGap);
  return { columns: multiple ? 2 : 1, across: 0.11, down };
}

/** Title, caption and the axis title below take about 170 px. */
function heightOf(panels: number): number {
  const rows = Math.ceil(panels / 2);
  return 170 + rows * panelHeight + (rows - 1) * panelGap;
}

function drawPanel({ groups }: RewardPanel, { axis }: PanelPlace, look: Look): Drawn {
  const counted = groups.map((group) => {
    const colour = colourOf(group.name, look.names.indexOf(group.name));
    const { counts } = binned(group.scores, look.edges);
    return { group, colour, shares: counts.map((n) => n / group.scores.length) };
  });
  const top = Math.max(...counted.flatMap(({ shares }) => shares));
  const marks = counted.map(({ group: { name, scores }, colour }) => {
    const at = middleOf[look.mark](scores);
    return { text: `${escaped(name)} ${fixed(at, 2)}`, at, colour };
  });
  return {
    traces: counted.flatMap(({ group, colour, shares }) => tracesOf(group, colour, shares, axis, look.edges)),
    medians: markMedians(marks, { axis, top, edges: look.edges, width: look.plotWidth, height: look.plotHeight }),
  };
}

/** Translucent bars, and their outline, which stays readable where several lie over each other. */
function tracesOf(
  { name, scores }: RewardGroup,
  colour: string,
  shares: readonly number[],
  axis: string,
  edges: readonly number[],
): PlotlyObject[] {
  const low = edges.slice(0, -1);
  const common = { name: escaped(name), xaxis: `x${axis}`, yaxis: `y${axis}` };
  return [
    {
      type: "bar",
      ...common,
      x: low,
      y: shares,
      offset: 0,
      width: low.map((edge, b) => edges[b + 1]! - edge),
      customdata: low.map((edge, b) => [edge, edges[b + 1]!]),
      hovertemplate: `${escaped(name)}: %{y:.1%} from %{customdata[0]} to %{customdata[1]} (n = ${scores.length})<extra></extra>`,
      marker: { color: faded(colour, 0.28), line: { width: 0 } },
    },
    {
      type: "scatter",
      mode: "lines",
      ...common,
      x: [edges[0]!, ...edges],
      y: [0, ...shares, 0],
      line: { color: colour, width: 1.5, shape: "hv" },
      hoverinfo: "skip",
    },
  ];
}

/** Panels' titles, and one name for the axes of all: two side by side may not have room for it. */
function headingsOf(panels: readonly RewardPanel[], places: readonly PanelPlace[], axis: string): PlotlyObject[] {
  const place = { xref: "paper", yref: "paper", x: 0.5, y: 0, xanchor: "center", yanchor: "top", yshift: -26 };
  return [
    ...panels.map((panel, p) => panelHeading(`${escaped(panel.title)} (${sizes(panel.groups)})`, places[p]!.axis)),
    { ...noteOf(axis, place), font: { size: 14, color: ink } },
  ];
}

function axesOf(
  places: readonly PanelPlace[],
  drawn: readonly Drawn[],
  edges: readonly number[],
  name: string,
): PlotlyObject {
  const labels = drawn.flatMap(({ medians }) => medians.labels);
  const range = rangeWithLabels(edges, labels);
  const axes = places.map(({ axis, x, y, leftmost }, p): PlotlyObject => ({
    [`xaxis${axis}`]: {
      domain: x,
      anchor: `y${axis}`,
      range,
      zeroline: false,
      ...(p === 0 ? {} : { matches: "x" }),
      ...(name === "" ? {} : { title: { text: name, standoff: 8 } }),
    },
    [`yaxis${axis}`]: {
      domain: y,
      anchor: `x${axis}`,
      range: [0, drawn[p]!.medians.yTop],
      tickformat: "~%",
      nticks: 5,
      zeroline: false,
      ...(leftmost ? { title: { text: "share of scores", standoff: 8 } } : {}),
    },
  }));
  return Object.assign({}, ...axes) as PlotlyObject;
}

function sizes(groups: readonly RewardGroup[]): string {
  const lengths = [...new Set(groups.map(({ scores }) => scores.length))];
  return lengths.length === 1 && groups.length > 1
    ? `n = ${count(lengths[0]!)} each`
    : `n = ${groups.map(({ name, scores }) => `${count(scores.length)} ${escaped(name)}`).join(", ")}`;
}

/** Panels say their numbers in their headings. */
function captionOf([first, ...others]: readonly RewardPanel[], mark: Mark): string {
  const alone = others.length === 0 && first!.title === "";
  return `${alone ? `${sizes(first!.groups)}; shares` : "Shares"} within a group, same bins for all; dashed lines and numbers: ${mark}s.`;
}

function summaryOf({ title, groups }: RewardPanel, multiple: boolean, mark: Mark): string {
  const said = groups.map(
    ({ name, scores }) => `${name} ${mark} ${fixed(middleOf[mark](scores), 2)} (n = ${scores.length})`,
  );
  return `${multiple ? `${title}: ` : ""}${said.join(", ")}`;
}

/** About `wanted` bins for the scores of all panels; equal scores get a bin inside a range of 1. */
function edgesOf(panels: readonly RewardPanel[], wanted: number): readonly number[] {
  const scores = panels.flatMap(({ groups }) => groups.flatMap((group) => group.scores));
  const low = scores.reduce((least, score) => Math.min(least, score), Number.POSITIVE_INFINITY);
  const high = scores.reduce((most, score) => Math.max(most, score), Number.NEGATIVE_INFINITY);
  const pad = low === high ? 0.5 : 0;
  return evenEdges(low - pad, high + pad, wanted);
}
