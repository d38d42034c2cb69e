import { join } from "node:path";
import { JSDOM } from "jsdom";
import { root } from "../notebook/kernelspec";

type TextBox = typeof import("../../lib/dist/figures/textBox.js");
type Box = ReturnType<TextBox["textBoxOf"]>;
const { textBoxOf } = require(join(root, "lib", "dist", "figures", "textBox.js")) as TextBox;

/** Texts of a drawing that go over its edge, or over that of a part which clips them; rounding counts nothing. */
export function cutTexts(svg: string): readonly string[] {
  const picture = new JSDOM(svg, { contentType: "image/svg+xml" }).window.document.documentElement;
  const [width, height] = ["width", "height"].map((name) => Number(picture.getAttribute(name)));
  const texts = [...picture.querySelectorAll("text")].filter(({ textContent }) => textContent?.trim());
  return texts.flatMap((text) => {
    const box = textBoxOf(text);
    const edges = [[0, 0, width!, height!] as const, ...clipsAround(text)];
    return edges.some((edge) => isOver(box, edge)) ? [text.textContent!] : [];
  });
}

type Edge = readonly [left: number, top: number, right: number, bottom: number];

function isOver({ left, top, right, bottom }: Box, edge: Edge): boolean {
  return left < edge[0] - 0.5 || top < edge[1] - 0.5 || right > edge[2] + 0.5 || bottom > edge[3] + 0.5;
}

function clipsAround(text: Element): readonly Edge[] {
  const edges: Edge[] = [];
  for (let at: Element | null = text; at; at = at.parentElement) {
    const id = /#([^)'"]+)/.exec(at.getAttribute("clip-path") ?? "")?.[1];
    if (id !== undefined) edges.push(clipEdge(at, id));
  }
  return edges;
}

/** On the page: a clip's rectangle counts in the coordinates of the element that it clips. */
function clipEdge(clipped: Element, id: string): Edge {
  const rectangle = clipped.ownerDocument.querySelector(`clipPath[id="${id}"] rect`);
  if (!rectangle) throw new Error(`Cannot find clip ${id}: the drawing has none with a rectangle`);
  const [x, y, width, height] = ["x", "y", "width", "height"].map((name) => Number(rectangle.getAttribute(name) ?? 0));
  return [...placeOf(clipped, x!, y!), ...placeOf(clipped, x! + width!, y! + height!)];
}

function placeOf(element: Element, x: number, y: number): readonly [number, number] {
  const point = element.ownerDocument.createElementNS("http://www.w3.org/2000/svg", "g");
  point.setAttribute("transform", `translate(${x},${y})`);
  element.append(point);
  const { left, top } = textBoxOf(point);
  point.remove();
  return [left, top];
}
