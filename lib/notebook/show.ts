import { renderPng, type Figure } from "../figures";
import { sendBundle, type MimeBundle } from "./kernel";
import { tokensBundle, type TokenPiece } from "./tokens";

/** Objects that say themselves how a notebook shows them (the convention of Deno's kernel). */
export const jupyterDisplay: symbol = Symbol.for("Jupyter.display");

/** JupyterLab's plotly renderer shows the PNG at its natural size until the reader points at it. */
const picture = { scale: 1 };

async function figureBundle(figure: Figure): Promise<MimeBundle> {
  const png = await renderPng(figure, picture);
  const { width: _, ...layout } = figure.layout;
  return {
    "application/vnd.plotly.v1+json": {
      data: shortNumbers(figure.data),
      layout: shortNumbers(layout),
      config: { responsive: true, displaylogo: false },
    },
    "image/png": Buffer.from(png).toString("base64"),
    "text/plain": figure.alt,
  };
}

/** Eight significant digits are more than a picture shows, and keep the stored notebook small. */
function shortNumbers(value: unknown): unknown {
  const short = (_: string, entry: unknown): unknown =>
    typeof entry === "number" ? Number(entry.toPrecision(8)) : entry;
  return JSON.parse(JSON.stringify(value, short)) as unknown;
}

function isFigure(value: object): value is Figure {
  return "data" in value && "layout" in value && "alt" in value && Array.isArray(value.data);
}

async function bundleOf(value: unknown): Promise<MimeBundle> {
  if (typeof value === "object" && value !== null) {
    const own = (value as Record<symbol, unknown>)[jupyterDisplay];
    if (typeof own === "function") return (await own.call(value)) as MimeBundle;
    if (isFigure(value)) return figureBundle(value);
    return { "text/plain": JSON.stringify(value, null, 2) };
  }
  return { "text/plain": String(value) };
}

/** What `show` takes: a figure, a `table(...)`, an object with `Symbol.for("Jupyter.display")`, or text. */
async function showAny(value: unknown): Promise<void> {
  sendBundle(await bundleOf(value));
}

/**
 * Shows a value under the cell: a figure as plotly, PNG and text at once, a table as HTML, Markdown and text.
 *
 * Outside a notebook it prints the text form.
 *
 * @example
 * await show(lossCurve({ runs }));
 * show.markdown("**Notice** how the loss falls.");
 */
export const show = Object.assign(showAny, {
  /** Markdown under the cell. */
  markdown(text: string): void {
    sendBundle({ "text/markdown": text, "text/plain": text });
  },
  /** HTML under the cell, with the text that stands for it elsewhere. */
  html(html: string, text: string): void {
    sendBundle({ "text/html": html, "text/plain": text });
  },
  /** Plain text under the cell. */
  text(text: string): void {
    sendBundle({ "text/plain": text });
  },
  /** Pieces of text, coloured by a mask (0 or 1) or by weights; the text form brackets what the mask keeps. */
  tokens(pieces: readonly TokenPiece[]): void {
    sendBundle(tokensBundle(pieces));
  },
  /** The bundle that `show` would send, for tests and files. */
  bundleOf,
});
