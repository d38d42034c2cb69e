import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { matrixOf } from "reclm/core";
import {
  activityHistogram,
  colourOf,
  groundingBars,
  lossCurve,
  metricDots,
  ordered,
  principalPlane,
  recommenderOrder,
  renderPng,
  renderSvg,
  retrievalRanks,
  trainingCurves,
  wrapped,
  type Figure,
} from "reclm/figures";
import { root } from "../notebook/kernelspec";
import { cutTexts } from "./cutTexts";
import { samples } from "./samples";

test("the principal plane is numpy's (test/reference/figures/principal_plane.py)", () => {
  const path = join(root, "test", "reference", "figures", "principal_plane.json");
  const expected = JSON.parse(readFileSync(path, "utf8")) as {
    rows: number[];
    x: number[];
    y: number[];
    shares: number[];
  };
  const plane = principalPlane(matrixOf(12, 5, Float32Array.from(expected.rows)));
  plane.x.forEach((x, r) => assert.ok(Math.abs(x - expected.x[r]!) < 1e-6));
  plane.y.forEach((y, r) => assert.ok(Math.abs(y - expected.y[r]!) < 1e-6));
  plane.shares.forEach((share, k) => assert.ok(Math.abs(share - expected.shares[k]!) < 1e-9));
});

test("a plane of equal rows is a point, a plane of nothing is refused", () => {
  const plane = principalPlane(matrixOf(3, 2, Float32Array.of(1, 2, 1, 2, 1, 2)));
  assert.deepEqual([...plane.x, ...plane.y, ...plane.shares], [0, 0, 0, 0, 0, 0, 0, 0]);
  assert.throws(() => principalPlane(matrixOf(0, 2)), RangeError);
});

test("every figure is drawn: no text is cut off, the page shows through, titles and numbers are in words", async () => {
  for (const [name, figure] of Object.entries(samples)) {
    assert.ok(figure.alt.length > 20 && /\d/.test(figure.alt), name);
    assert.doesNotMatch(JSON.stringify(figure), /NaN|undefined|Infinity/, name);
    assert.doesNotMatch(JSON.stringify(figure.layout), /black|white|#000|#fff/i, `${name}: colours of one theme only`);
    const svg = await renderSvg(figure);
    assert.match(svg, /<text/, name);
    assert.match(svg, /fill: rgb\(0, 0, 0\); fill-opacity: 0;/, `${name}: transparent background`);
    assert.doesNotMatch(svg, /NaN/, name);
    assert.deepEqual(cutTexts(svg), [], `${name}: texts that are cut off`);
  }
});

test("a text over the edge of the picture, or of a part that clips it, is seen as cut off", async () => {
  const bare: Figure = {
    data: [{ type: "scatter", mode: "text", x: [0, 1, 2], y: [0, 0, 0], text: ["one", "in the middle", "two"] }],
    layout: {
      width: 400,
      height: 300,
      xaxis: { range: [0, 2] },
      annotations: [
        { text: "outside", x: 1, y: 1, xref: "paper", yref: "paper", xanchor: "left", showarrow: false, xshift: 60 },
      ],
    },
    alt: "",
  };
  assert.deepEqual(cutTexts(await renderSvg(bare)), ["one", "two", "outside"]);
});

test("the same figure gives the same picture, in fonts of the project", async () => {
  const [first, second] = [await renderPng(samples["groundingBars"]!), await renderPng(samples["groundingBars"]!)];
  assert.deepEqual(first, second);
  for (const name of ["groundingBars", "lossCurve"]) {
    const svg = await renderSvg(samples[name]!);
    assert.equal(await renderSvg(samples[name]!), svg);
    // Each name that is used is one that is there.
    const ids = new Set([...svg.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
    for (const [, used] of svg.matchAll(/url\(#([^)]+)\)/g)) assert.ok(ids.has(used), used);
  }
  assert.deepEqual([...first.subarray(1, 4)], [80, 78, 71]);
  const width = new DataView(first.buffer).getUint32(16);
  assert.equal(width, 760);
  const wide = await renderPng(samples["groundingBars"]!, { width: 400, scale: 2 });
  assert.equal(new DataView(wide.buffer).getUint32(16), 800);
});

test("histograms count everything once", () => {
  const figure = activityHistogram({ perUser: [1, 1, 2, 50, 1000], perItem: [3] });
  const [users, items] = figure.data;
  assert.equal(
    (users!["y"] as number[]).reduce((a, b) => a + b, 0),
    5,
  );
  assert.equal((users!["y"] as number[])[0], 2);
  assert.equal(
    (items!["y"] as number[]).reduce((a, b) => a + b, 0),
    1,
  );
  assert.match(figure.alt, /1,054 interactions of 5 users \(median 2\)/);
});

test("ranks become a distribution function", () => {
  const figure = retrievalRanks({ ranks: [1, 1, 3, 4], permuted: [4, 4, 4, 4], candidates: 4 });
  const own = figure.data.find((trace) => trace["name"] === "own profile")!;
  assert.deepEqual(own["y"], [0, 0.5, 0.5, 0.75, 1]);
});

test("the chosen epoch must have been evaluated", () => {
  const run = { name: "Base", epochs: [5, 10], values: [0.1, 0.2], chosen: 7 };
  assert.throws(() => trainingCurves({ metric: "Recall@20", runs: [run] }), /Cannot mark epoch 7 of Base/);
});

test("dots show what is near: a range without 0, the floors at hand, a line for each group's Base", () => {
  const row = (recommender: string, variant: string, mean: number) => ({ recommender, variant, mean, spread: 0.01 });
  const rows = [row("BiasMF", "Base", 0.2), row("BiasMF", "users shuffled", 0.22), row("NCF", "Base", 0.21)];
  const references = [
    { variant: "EASE", mean: 0.26 },
    { variant: "random", mean: 0.01 },
  ];
  const { layout, data, alt } = metricDots({ metric: "Recall@20", panels: [{ title: "Full-shot", rows, references }] });
  const { range } = layout["yaxis"] as { readonly range: readonly number[] };
  // From .19 to .26, and 6% of that on either side.
  assert.deepEqual(
    range.map((end) => end.toFixed(4)),
    ["0.1858", "0.2642"],
  );
  const lines = (layout["shapes"] as { readonly y0: number }[]).map(({ y0 }) => y0);
  assert.deepEqual(lines, [0.26, 0.2, 0.21]);
  assert.doesNotMatch(alt, /random/);
  const symbols = data.map(({ name, marker }) => [name, (marker as { readonly symbol: string }).symbol]);
  assert.deepEqual(symbols, [
    ["Base", "square"],
    ["users shuffled", "circle-open"],
  ]);
});

test("those without any interaction are counted, and not drawn", () => {
  const [, items] = activityHistogram({ perUser: [3], perItem: [0, 0, 1, 2] }).data;
  assert.equal(items!["name"], "4 items, 2 without any");
  assert.equal(
    (items!["y"] as number[]).reduce((a, b) => a + b, 0),
    2,
  );
});

test("a handful of terms has no shares, a step or two no running mean", () => {
  const row = { own: 0.5, neighboursOnly: 0, neither: 0.5 };
  const shares = groundingBars({
    variants: [
      { ...row, variant: "untuned", terms: 2 },
      { ...row, variant: "Mask", terms: 40 },
    ],
  });
  assert.deepEqual(
    shares.data.map(({ x }) => x),
    [
      [null, 0.5],
      [null, 0],
      [null, 0.5],
    ],
  );
  assert.match(shares.alt, /untuned 2 terms; Mask 50% own/);
  const train = Array.from({ length: 12 }, (_, at) => ({ step: at + 1, value: at }));
  const mean = lossCurve({ runs: [{ name: "Mask", train }] }).data.find(({ name }) => name === "Mask")!;
  assert.deepEqual(
    [mean["x"], mean["y"]],
    [
      [10, 11, 12],
      [4.5, 5.5, 6.5],
    ],
  );
});

test("what a model wrote has its writer's colour, a model its own in every figure", () => {
  assert.equal(colourOf("Augmented (Mask)", 0), colourOf("Mask", 5));
  assert.equal(colourOf("LightGCN", 0), colourOf("LightGCN", 2));
});

test("models keep the paper's order and variants their colours", () => {
  assert.deepEqual(ordered(["SimGCL", "Other", "LightGCN", "BiasMF"], recommenderOrder), [
    "BiasMF",
    "LightGCN",
    "SimGCL",
    "Other",
  ]);
  assert.equal(colourOf("Base", 3), colourOf("Untuned", 0));
  assert.deepEqual(wrapped("one two  three", 7), ["one two", "three"]);
});
