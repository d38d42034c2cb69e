import assert from "node:assert/strict";
import { test } from "node:test";
import { caseRows, historyRows, tracedPieces, type CaseProfile, type PreparedData } from "reclm/experiment";
import { Catalogue } from "reclm/data";
import { tokensBundle } from "reclm/notebook";
import type { TermSource } from "reclm/profiles";

const sources: Readonly<Record<string, TermSource>> = { "Drama fan": "own", "War fan": "neighbour" };
const trace = (term: string): TermSource => sources[term] ?? "neither";
const text = "User identity: [Drama fan], [War fan]; likes [Foodie].";

test("a profile is cut at its bracketed terms, and nothing of it is lost", () => {
  const pieces = tracedPieces(text, trace, (term) => `facts of ${term}`);
  assert.deepEqual(
    pieces.filter(({ source }) => source).map(({ text: term, source }) => [term, source]),
    [
      ["[Drama fan]", "own"],
      ["[War fan]", "neighbour"],
      ["[Foodie]", "neither"],
    ],
  );
  assert.equal(pieces.map((piece) => piece.text).join(""), text);
  assert.equal(pieces[1]!.title, "facts of Drama fan");
  assert.deepEqual(tracedPieces("no term", trace, String), [{ text: "no term" }]);
});

test("rows count terms by source", () => {
  const profile: CaseProfile = { variant: "Mask", text, pieces: tracedPieces(text, trace, String), reward: 0.256 };
  assert.deepEqual(caseRows([profile, { ...profile, reward: undefined }]), [
    { variant: "Mask", "in format": "no", reward: "0.26", "own items": 1, "a neighbour's only": 1, neither: 1 },
    { variant: "Mask", "in format": "no", reward: "—", "own items": 1, "a neighbour's only": 1, neither: 1 },
  ]);
});

test("traced terms are tinted, and told apart in plain text too", () => {
  const bundle = tokensBundle(tracedPieces(text, trace, String));
  assert.equal(bundle["text/plain"], "User identity: [Drama fan], ~[War fan]~; likes ?[Foodie]?.");
  const colours = String(bundle["text/html"]).match(/background:rgba\([^)]*\)/g)!;
  assert.equal(new Set(colours).size, 3);
});

test("a history is shown newest first", () => {
  const items = ["Fargo", "Alien"].map((title, at) => ({
    id: String(at),
    title,
    categories: ["Drama"],
    year: 1979 + at,
  }));
  const data = { catalogue: Catalogue.of(items), histories: [Int32Array.of(1, 0)] } as unknown as PreparedData;
  assert.deepEqual(
    historyRows(data, 0).map(({ title }) => title),
    ["Fargo", "Alien"],
  );
});
