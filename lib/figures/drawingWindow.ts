import { readFileSync } from "node:fs";
import { JSDOM, VirtualConsole, type DOMWindow } from "jsdom";
import type { PlotlyObject } from "./figure";
import { textBoxOf } from "./textBox";

/** What is used of plotly.js. */
export interface PlotlyLibrary {
  newPlot(element: unknown, data: unknown, layout: unknown, config: unknown): Promise<unknown>;
  purge(element: unknown): void;
  readonly Snapshot: { toSVG(element: unknown, format: "svg", scale: number): string };
}

/** A page without a screen that plotly.js draws in. */
export interface DrawingWindow {
  readonly plotly: PlotlyLibrary;
  /** A new element at the end of the page; `remove` takes it out. */
  append(name: "div"): { remove(): void };
  /** Warnings of plotly.js since the page was opened. */
  readonly warnings: readonly string[];
  /** A copy made of the page's own objects: plotly tells plain objects by their prototype. */
  copied(value: readonly PlotlyObject[] | PlotlyObject): unknown;
}

let opened: DrawingWindow | undefined;

/**
 * The page, opened at first use (0.7 s) and kept.
 *
 * jsdom lays nothing out, so text boxes are answered from the font that the PNG is drawn with; everything else that
 * plotly measures is the size it was given.
 */
export function drawingWindow(): DrawingWindow {
  if (opened) return opened;
  const warnings: string[] = [];
  const virtualConsole = new VirtualConsole();
  for (const kind of ["log", "warn", "error", "trace"]) {
    virtualConsole.on(kind as "warn", (...words: unknown[]) => warnings.push(words.map(String).join(" ")));
  }
  const options = { runScripts: "outside-only", pretendToBeVisual: true, virtualConsole } as const;
  const page = new JSDOM("<!doctype html><body></body>", options).window;
  answerMeasurements(page);
  page.eval(readFileSync(require.resolve("plotly.js/plotly-cartesian.min.js"), "utf8"));
  const globals = page as unknown as { Plotly: PlotlyLibrary; JSON: JSON };
  opened = {
    plotly: globals.Plotly,
    append: (name) => page.document.body.appendChild(page.document.createElement(name)),
    warnings,
    copied: (value) => globals.JSON.parse(JSON.stringify(value)) as unknown,
  };
  return opened;
}

function answerMeasurements(page: DOMWindow): void {
  const svg = page.SVGElement.prototype as unknown as Record<string, unknown>;
  const box = function (this: Element): object {
    return textBoxOf(this);
  };
  svg["getBBox"] = box;
  svg["getBoundingClientRect"] = box;
  svg["getComputedTextLength"] = function (this: Element): number {
    return textBoxOf(this).width;
  };
  (page.URL as unknown as Record<string, unknown>)["createObjectURL"] = () => "blob:";
  (page.HTMLCanvasElement.prototype as unknown as Record<string, unknown>)["getContext"] = () => null;
}
