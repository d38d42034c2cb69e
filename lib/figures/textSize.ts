import { dirname, join } from "node:path";
import { Resvg } from "@resvg/resvg-js";

/** The fonts that static pictures are drawn with, the same on every machine: system fonts are not read. */
export function fontFiles(): string[] {
  const folder = join(dirname(require.resolve("dejavu-fonts-ttf/package.json")), "ttf");
  return ["DejaVuSans.ttf", "DejaVuSans-Bold.ttf"].map((name) => join(folder, name));
}

/** How resvg finds its fonts. */
export function fontOptions(): {
  loadSystemFonts: boolean;
  fontFiles: string[];
  defaultFontFamily: string;
  sansSerifFamily: string;
} {
  return {
    loadSystemFonts: false,
    fontFiles: fontFiles(),
    defaultFontFamily: "DejaVu Sans",
    sansSerifFamily: "DejaVu Sans",
  };
}

/** Height above the baseline as a share of the font size. */
export const ascent = 0.93;
const descent = 0.24;
/** Distance of plotly's lines as a share of the font size. */
const lineDistance = 1.3;
const measured = new Map<string, number>();

/** Width of one line of text in px, as drawn at `size` px; blanks at its ends count nothing. */
export function textWidthOf(text: string, size: number, bold = false): number {
  if (text.trim() === "") return 0;
  const key = `${bold ? "b" : "n"}${text}`;
  let width = measured.get(key);
  if (width === undefined) {
    width = widthAt100(text, bold);
    measured.set(key, width);
  }
  return (width * size) / 100;
}

/** Height of `lines` lines of text in px. */
export function textHeightOf(size: number, lines: number): number {
  return size * (ascent + descent + (lines - 1) * lineDistance);
}

function widthAt100(text: string, bold: boolean): number {
  const content = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  const weight = bold ? ' font-weight="bold"' : "";
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="10000" height="300">` +
    `<text x="100" y="150" font-family="DejaVu Sans" font-size="100"${weight}>${content}</text></svg>`;
  return new Resvg(svg, { font: fontOptions() }).getBBox()?.width ?? 0;
}
