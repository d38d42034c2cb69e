import { noteOf, type PlotlyObject } from "./figure";
import { textWidthOf } from "./textSize";

/** A median and what is written at it. */
export interface MedianMark {
  readonly text: string;
  readonly at: number;
  readonly colour: string;
}

/** The panel that medians are marked in. */
export interface MarkedPanel {
  /** plotly's axis number, "" for the first. */
  readonly axis: string;
  /** Height of the highest bar. */
  readonly top: number;
  /** Edges of the bins. */
  readonly edges: readonly number[];
  /** Of the plot, in px. */
  readonly width: number;
  readonly height: number;
}

/** Lines and labels, and what they need. */
export interface MarkedMedians {
  readonly shapes: readonly PlotlyObject[];
  readonly annotations: readonly PlotlyObject[];
  /** Upper end of the y axis. */
  readonly yTop: number;
  readonly labels: readonly PlacedLabel[];
}

/** A label beside its line. */
export interface PlacedLabel {
  readonly at: number;
  /** Its share of the plot's width. */
  readonly share: number;
  readonly leftwards: boolean;
}

interface Placed extends PlacedLabel {
  readonly mark: MedianMark;
  /** Rows above the bars, from 0. */
  readonly row: number;
}

const fontSize = 11.5;
const rowHeight = 16;
const space = 5;

/**
 * A dashed line at each median with its label at the upper end.
 *
 * Labels point away from the middle of all medians and stand in rows above the bars, the outermost lowest, so that no
 * label crosses another's line. An outermost one that would stick out points inwards where there is room.
 */
export function markMedians(marks: readonly MedianMark[], panel: MarkedPanel): MarkedMedians {
  const placed = placedLabels(marks, panel);
  const rows = Math.max(...placed.map(({ row }) => row + 1));
  const yTop = panel.top / (1 - (rows * rowHeight + 6) / panel.height);
  const rowTop = (row: number): number => panel.top + ((yTop - panel.top) * (row + 1)) / (rows + 0.4);
  return {
    shapes: placed.map(({ mark, row }) => line(mark, rowTop(row), panel.axis)),
    annotations: placed.map(({ mark, row, leftwards }) => label(mark, rowTop(row), leftwards, panel.axis)),
    yTop,
    labels: placed,
  };
}

function placedLabels(marks: readonly MedianMark[], { width, edges }: MarkedPanel): readonly Placed[] {
  const sorted = [...marks].sort((a, b) => a.at - b.at);
  const half = Math.floor(sorted.length / 2);
  const placed = sorted.map((mark, m): Placed => {
    const share = Math.min(0.45, (textWidthOf(mark.text, fontSize) + 2 * space) / width);
    const leftwards = m < half;
    return { mark, at: mark.at, share, leftwards, row: leftwards ? m : sorted.length - 1 - m };
  });
  return turnedInwards(placed, edges[0]!, edges.at(-1)!);
}

function turnedInwards(placed: readonly Placed[], low: number, high: number): readonly Placed[] {
  const turned = [...placed];
  const span = high - low;
  const [first, last] = [placed[0]!, placed.at(-1)!];
  const before = placed.at(-2)?.at ?? low;
  let limit = before;
  if (first.leftwards && first.at - first.share * span < low && first.at + first.share * span < placed[1]!.at) {
    turned[0] = { ...first, leftwards: false };
    limit = Math.max(before, first.at + first.share * span);
  }
  if (last.at + last.share * span > high && last.at - last.share * span > limit) {
    turned[placed.length - 1] = { ...last, leftwards: true };
  }
  return turned;
}

/** The bins' range, widened until every label of every panel is inside; panels share it. */
export function rangeWithLabels(edges: readonly number[], labels: readonly PlacedLabel[]): readonly [number, number] {
  let [low, high] = [edges[0]!, edges.at(-1)!];
  // Room at one end makes labels at the other end wider in the axis's unit; shares under one half converge.
  for (let round = 0; round < 50; round++) {
    for (const { at, share, leftwards } of labels) {
      if (leftwards) low = Math.min(low, (at - share * high) / (1 - share));
      else high = Math.max(high, (at - share * low) / (1 - share));
    }
  }
  return [low, high];
}

function line({ at, colour }: MedianMark, height: number, axis: string): PlotlyObject {
  const place = { xref: `x${axis}`, yref: `y${axis}`, x0: at, x1: at, y0: 0, y1: height };
  return { type: "line", ...place, line: { color: colour, width: 1.5, dash: "dash" } };
}

function label({ text, at, colour }: MedianMark, height: number, leftwards: boolean, axis: string): PlotlyObject {
  const side = leftwards ? { xanchor: "right", xshift: -space } : { xanchor: "left", xshift: space };
  const place = { xref: `x${axis}`, yref: `y${axis}`, x: at, y: height, yanchor: "top", ...side, yshift: 3 };
  return noteOf(text, place, colour);
}
