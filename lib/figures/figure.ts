import type { Json } from "../core";
import { legible } from "./contrast";
import { fontFamily, gridColour, ink, palette } from "./palette";

/** One plotly trace or layout: plain JSON, so that a figure can be stored, compared and drawn anywhere. */
export type PlotlyObject = { readonly [key: string]: Json | undefined };

/** A plotly figure with the sentence that stands for it where pictures do not show. */
export interface Figure {
  readonly data: readonly PlotlyObject[];
  readonly layout: PlotlyObject;
  /** Title and key numbers, in words. */
  readonly alt: string;
}

/** What every figure says about itself. */
export interface FigureText {
  readonly title: string;
  /** One or two lines under the title: n, seeds, what the marks mean. */
  readonly caption?: string;
  readonly alt: string;
  /** Whether panels have headings of their own, which need room under the caption. */
  readonly headings?: boolean;
}

const captionWidth = 104;
const titleSize = 15;
const captionSize = 11.5;
const titleHeight = 50;
/** plotly's line distance, which follows the title's size. */
const captionLineHeight = 1.3 * titleSize;
const headingHeight = 22;

/**
 * A figure in the house style: transparent background, mid-grey text legible on white and on black, title and caption at
 * the left edge, no plotly logo colours.
 *
 * `layout` is merged over the defaults, axis by axis.
 *
 * @example figureOf({ title: "Loss", alt: "Loss falls from 3.1 to 1.2" }, [{ type: "scatter", x: [0, 1], y: [3.1, 1.2] }], {})
 */
export function figureOf(text: FigureText, data: readonly PlotlyObject[], layout: PlotlyObject): Figure {
  const captionLines = text.caption ? wrapped(text.caption, captionWidth) : [];
  const top = titleHeight + captionLines.length * captionLineHeight + (text.headings === true ? headingHeight : 0);
  const axes = Object.entries(layout).filter(([name]) => /^[xy]axis\d*$/.test(name));
  const axisNames = axes.length > 0 ? axes.map(([name]) => name) : ["xaxis", "yaxis"];
  const styled = Object.fromEntries(
    axisNames.map((name) => [name, { ...axisStyle, ...((layout[name] ?? {}) as PlotlyObject) }]),
  );
  return {
    data,
    layout: {
      width: 760,
      height: 440,
      autosize: true,
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { family: fontFamily, size: 12, color: ink },
      showlegend: false,
      hoverlabel: { font: { family: fontFamily } },
      modebar: { bgcolor: "rgba(0,0,0,0)", color: ink, activecolor: palette.blue },
      ...layout,
      ...styled,
      title: titleOf(text.title, captionLines),
      margin: { l: 64, r: 28, t: top, b: 60, ...((layout["margin"] ?? {}) as PlotlyObject) },
      legend: { ...legendStyle, ...((layout["legend"] ?? {}) as PlotlyObject) },
    },
    alt: text.alt,
  };
}

function titleOf(title: string, captionLines: readonly string[]): PlotlyObject {
  const at = { x: 0, xref: "container", xanchor: "left", y: 1, yref: "container", yanchor: "top" };
  const small = captionLines.map((line) => `<br><span style="font-size:${captionSize}px">${line}</span>`);
  return {
    text: `<b>${title}</b>${small.join("")}`,
    ...at,
    pad: { l: 12, t: 14 },
    font: { size: titleSize, color: ink },
  };
}

const axisStyle: PlotlyObject = {
  gridcolor: gridColour,
  linecolor: ink,
  tickcolor: ink,
  zerolinecolor: gridColour,
  automargin: true,
  showline: true,
  ticks: "outside",
  ticklen: 4,
};

const legendStyle: PlotlyObject = {
  orientation: "h",
  x: 0,
  xanchor: "left",
  y: 0,
  yref: "container",
  yanchor: "bottom",
  bgcolor: "rgba(0,0,0,0)",
};

/** A note inside the figure, in the hue of what it names. */
export function noteOf(text: string, place: PlotlyObject, colour: string = ink): PlotlyObject {
  return { text, showarrow: false, font: { size: 11.5, color: legible(colour) }, ...place };
}

/** Heading of one panel, above its left edge; `panel` is the plotly axis number ("" for the first). */
export function panelHeading(text: string, panel: string): PlotlyObject {
  const place = { xref: `x${panel} domain`, yref: `y${panel} domain`, x: 0, y: 1, xanchor: "left", yanchor: "bottom" };
  return { ...noteOf(text, place), yshift: 6, font: { size: 12.5, color: ink, weight: "bold" } };
}

/** Breaks text at blanks into lines of at most `width` characters (longer words stay whole). */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/).filter((piece) => piece !== "")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** Text with plotly's and HTML's special characters escaped; titles of films hold "&" and "<". */
export function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** Text cut to `length` characters, with an ellipsis where it was longer. */
export function shortened(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, Math.max(0, length - 1)).trimEnd()}…`;
}
