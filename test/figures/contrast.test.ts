// Known contrasts: WCAG 2.2's definition gives 21 for black on white and 4.54 for #767676, the lightest grey that passes AA.
import assert from "node:assert/strict";
import { test } from "node:test";
import { contrastOf, groundingBars, inkOn, legible, luminanceOf, palette, renderSvg } from "reclm/figures";
import { samples } from "./samples";

const pages = { light: "#FFFFFF", "JupyterLab dark": "#111111" };

test("contrastOf() is WCAG's", () => {
  assert.equal(contrastOf("#000000", "#FFFFFF"), 21);
  assert.equal(contrastOf("#1A7FBF", "#1A7FBF"), 1);
  assert.ok(Math.abs(contrastOf("#767676", "#ffffff") - 4.54) < 0.005);
  assert.ok(Math.abs(contrastOf("#777777", "#FFFFFF") - 4.48) < 0.005);
  // Pure red: .2126 of white's light.
  assert.ok(Math.abs(luminanceOf("#FF0000") - 0.2126) < 1e-12);
  assert.throws(() => contrastOf("rgba(0,0,0,1)", "#FFFFFF"), { name: "RangeError", message: /Cannot read colour/ });
});

test("legible() keeps the hue and is read on a light and on a dark page", () => {
  for (const colour of [...Object.values(palette), "#000000", "#FFFFFF", "#0000FF"]) {
    const text = legible(colour);
    for (const [page, background] of Object.entries(pages)) {
      assert.ok(contrastOf(text, background) >= 4.1, `${colour} as ${text} on ${page}`);
    }
  }
  // The order of the channels is the hue's: orange stays orange.
  const [r, g, b] = [1, 3, 5].map((at) => Number.parseInt(legible(palette.orange).slice(at, at + 2), 16));
  assert.ok(r! > g! && g! > b! && b! === 0);
});

/** Every colour that text has in a figure's drawing, as "#RRGGBB". */
async function textColours(figure: (typeof samples)[string]): Promise<ReadonlySet<string>> {
  const svg = await renderSvg(figure);
  const texts = [...svg.matchAll(/<text[^>]*>/g)].map(([tag]) => tag).filter((tag) => !/font-size: 0px/.test(tag));
  const fills = texts.flatMap((tag) => [...(/fill: rgb\((\d+), (\d+), (\d+)\)/.exec(tag)?.slice(1) ?? [])]);
  const colours = new Set<string>();
  for (let at = 0; at < fills.length; at += 3) {
    const channels = fills.slice(at, at + 3).map((value) => Number(value).toString(16).padStart(2, "0"));
    colours.add(`#${channels.join("")}`);
  }
  return colours;
}

test("every text of every figure is read on both pages", async () => {
  for (const [name, figure] of Object.entries(samples)) {
    const isOnMarks = name === "groundingBars" || name === "neighbourMap";
    const onMarks = isOnMarks ? Object.values(palette).map((colour) => inkOn(colour).toLowerCase()) : [];
    const colours = [...(await textColours(figure))].filter((colour) => !onMarks.includes(colour));
    assert.ok(colours.length > 0, name);
    for (const colour of colours) {
      for (const [page, background] of Object.entries(pages)) {
        assert.ok(contrastOf(colour, background) >= 4.1, `${name}: ${colour} on ${page}`);
      }
    }
  }
});

test("text on a bar or a mark is read on its own colour", () => {
  for (const colour of Object.values(palette)) assert.ok(contrastOf(inkOn(colour), colour) >= 4.5, colour);
  const row = { variant: "Mask", own: 0.5, neighboursOnly: 0.3, neither: 0.2, terms: 10 };
  for (const trace of groundingBars({ variants: [row] }).data) {
    const { color: bar } = trace["marker"] as { readonly color: string };
    const { color: text } = trace["insidetextfont"] as { readonly color: string };
    assert.ok(contrastOf(text, bar) >= 4.5, `${text} on ${bar}`);
  }
  const numbered = samples["neighbourMap"]!.data.find(({ name }) => name === "neighbours")!;
  const { color: number } = numbered["textfont"] as { readonly color: string };
  const { color: mark } = numbered["marker"] as { readonly color: string };
  assert.ok(contrastOf(number, mark) >= 4.5, `${number} on ${mark}`);
});

test("bars and lines stand out from both pages", () => {
  // Okabe and Ito's orange and sky blue are light by design: told apart by everyone, large enough to be seen on white.
  for (const [name, colour] of Object.entries(palette)) {
    for (const [page, background] of Object.entries(pages)) {
      const least = name === "orange" || name === "sky" ? 2.2 : 3;
      assert.ok(contrastOf(colour, background) >= least, `${name} on ${page}: ${contrastOf(colour, background)}`);
    }
  }
});
