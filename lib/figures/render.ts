import { Resvg } from "@resvg/resvg-js";
import { drawingWindow } from "./drawingWindow";
import type { Figure } from "./figure";
import { fontOptions } from "./textSize";

/** Size of a picture in CSS px; by default the figure's own. */
export interface PictureSize {
  readonly width?: number;
  readonly height?: number;
}

/** How a PNG is drawn. */
export interface PngOptions extends PictureSize {
  /** Device px for each CSS px: 2 is sharp on today's screens. */
  readonly scale?: number;
  /** A colour behind the figure; transparent without. */
  readonly background?: string;
}

/** The figure as SVG text, drawn by plotly.js without a browser; the same figure gives the same text. */
export async function renderSvg(figure: Figure, size: PictureSize = {}): Promise<string> {
  const window = drawingWindow();
  const element = window.append("div");
  const { width = numberOr(figure.layout["width"], 760), height = numberOr(figure.layout["height"], 440) } = size;
  try {
    const layout = window.copied({ ...figure.layout, width, height, autosize: false });
    await window.plotly.newPlot(element, window.copied(figure.data), layout, { staticPlot: true });
    return withStableIds(window.plotly.Snapshot.toSVG(element, "svg", 1));
  } finally {
    window.plotly.purge(element);
    element.remove();
  }
}

/** The figure as a PNG picture (transparent unless a background is given), in fonts that travel with the project. */
export async function renderPng(figure: Figure, options: PngOptions = {}): Promise<Uint8Array> {
  const svg = await renderSvg(figure, options);
  const width = Number(/<svg[^>]* width="([\d.]+)"/.exec(svg)?.[1] ?? 760);
  const picture = new Resvg(svg, {
    font: fontOptions(),
    fitTo: { mode: "width", value: Math.round(width * (options.scale ?? 1)) },
    ...(options.background === undefined ? {} : { background: options.background }),
  });
  return new Uint8Array(picture.render().asPng());
}

function numberOr(value: unknown, otherwise: number): number {
  return typeof value === "number" ? value : otherwise;
}

/** plotly names clip paths and traces by random ids; numbered in order of appearance, equal figures give equal text. */
function withStableIds(svg: string): string {
  const names = new Map<string, string>();
  return svg.replace(/(clip|defs-|legend|topdefs-|trace)([0-9a-f]{6})(?=[a-z")])/g, (_, prefix: string, id: string) => {
    if (!names.has(id)) names.set(id, String(names.size).padStart(6, "0"));
    return prefix + names.get(id)!;
  });
}
