import { ascent, textHeightOf, textWidthOf } from "./textSize";

/** A rectangle in px, as browsers answer it. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly width: number;
  readonly height: number;
}

/** What is read of a page's element, so that declarations need no DOM. */
export interface PageElement {
  readonly tagName: string;
  readonly textContent: string | null;
  readonly parentElement: PageElement | null;
  getAttribute(name: string): string | null;
  querySelector(selector: string): PageElement | null;
  querySelectorAll(selector: string): ArrayLike<PageElement>;
}

/** The box around all texts in an SVG element, at its place on the page; an element without text is a point. */
export function textBoxOf(element: PageElement): Box {
  const texts = element.tagName === "text" ? [element] : Array.from(element.querySelectorAll("text"));
  const boxes = texts.filter((text) => (text.textContent ?? "").trim() !== "").map(boxOfText);
  if (boxes.length === 0) {
    const [x, y] = placed(element, 0, 0);
    return boxFrom(x, y, x, y);
  }
  return boxFrom(
    Math.min(...boxes.map(({ left }) => left)),
    Math.min(...boxes.map(({ top }) => top)),
    Math.max(...boxes.map(({ right }) => right)),
    Math.max(...boxes.map(({ bottom }) => bottom)),
  );
}

function boxFrom(left: number, top: number, right: number, bottom: number): Box {
  return { x: left, y: top, left, top, right, bottom, width: right - left, height: bottom - top };
}

function boxOfText(text: PageElement): Box {
  const style = text.getAttribute("style") ?? "";
  const lines = Array.from(text.querySelectorAll("tspan.line"));
  const size = sizeOf(style) ?? 12;
  const width = Math.max(...(lines.length > 0 ? lines : [text]).map((line) => widthOfLine(line, size, isBold(style))));
  const anchor = /text-anchor:\s*(\w+)/.exec(style)?.[1] ?? text.getAttribute("text-anchor") ?? "start";
  const left = numberOf(text, "x") - (anchor === "middle" ? width / 2 : anchor === "end" ? width : 0);
  const top = numberOf(text, "y") - ascent * size;
  const right = left + width;
  const bottom = top + textHeightOf(size, Math.max(1, lines.length));
  const corners = [
    [left, top],
    [right, top],
    [left, bottom],
    [right, bottom],
  ].map(([x, y]) => placed(text, x!, y!));
  const xs = corners.map(([x]) => x);
  const ys = corners.map(([, y]) => y);
  return boxFrom(Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys));
}

function widthOfLine(line: PageElement, size: number, bold: boolean): number {
  const span = line.querySelector("tspan")?.getAttribute("style") ?? "";
  return textWidthOf(line.textContent ?? "", sizeOf(span) ?? size, bold || isBold(span));
}

function sizeOf(style: string): number | undefined {
  const size = /font-size:\s*([\d.]+)px/.exec(style)?.[1];
  return size === undefined ? undefined : Number(size);
}

function isBold(style: string): boolean {
  const weight = /font-weight:\s*(\w+)/.exec(style)?.[1];
  return weight === "bold" || Number(weight) >= 600;
}

function numberOf(element: PageElement, name: "x" | "y"): number {
  const value = Number.parseFloat(element.getAttribute(name) ?? "0");
  return Number.isFinite(value) ? value : 0;
}

/** A point of the element's own coordinates on the page: its transformations and those of all around it, innermost first. */
function placed(element: PageElement, x: number, y: number): [number, number] {
  let point: [number, number] = [x, y];
  for (let at: PageElement | null = element; at; at = at.parentElement) {
    const steps = [...(at.getAttribute("transform") ?? "").matchAll(/(translate|rotate|scale)\(([^)]*)\)/g)];
    for (const [, kind, list] of steps.reverse()) {
      point = moved(
        kind!,
        list!
          .split(/[\s,]+/)
          .filter((piece) => piece !== "")
          .map(Number),
        point,
      );
    }
  }
  return point;
}

function moved(kind: string, values: readonly number[], [x, y]: readonly [number, number]): [number, number] {
  const [a = 0, b, c] = values;
  if (kind === "translate") return [x + a, y + (b ?? 0)];
  if (kind === "scale") return [x * a, y * (b ?? a)];
  const [cx, cy] = [b ?? 0, c ?? 0];
  const [cos, sin] = [Math.cos((a * Math.PI) / 180), Math.sin((a * Math.PI) / 180)];
  return [cx + cos * (x - cx) - sin * (y - cy), cy + sin * (x - cx) + cos * (y - cy)];
}
