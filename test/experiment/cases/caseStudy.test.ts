import assert from "node:assert/strict";
import { test } from "node:test";
import { caseRows, casesOf, historyRows, tracedPieces, type CaseProfile, type PreparedData } from "reclm/experiment";
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

test("users are found by how much less of their neighbours RecLM takes over, and everybody is counted", () => {
  const pair = (user: string, mask: number, reclm: number) => ({
    user,
    mask: { text: `${user} by Mask`, share: mask },
    reclm: { text: `${user} by RecLM`, share: reclm },
  });
  const pairs = [
    pair("a", 0.5, 0.5),
    pair("b", 0.25, 0),
    pair("c", 0.75, 0.25),
    pair("d", 0, 0.25),
    pair("e", 0.25, 0),
  ];
  const { rows, note } = casesOf(pairs, 2);
  assert.deepEqual(rows, [
    {
      user: "c",
      "by Mask": "c by Mask",
      "neighbours only": "75%",
      "by RecLM": "c by RecLM",
      "neighbours only, RecLM": "25%",
    },
    {
      user: "b",
      "by Mask": "b by Mask",
      "neighbours only": "25%",
      "by RecLM": "b by RecLM",
      "neighbours only, RecLM": "0.0%",
    },
  ]);
  // Means of (.5, .25, .75, 0, .25) and (.5, 0, .25, .25, 0).
  assert.match(
    note,
    /^Of 5 users with both profiles 3 have a smaller .* 1 a larger one, 1 the same; on average 35% by Mask, 20% by RecLM\.$/,
  );
  assert.match(casesOf([], 2).note, /^Of 0 users .* on average — by Mask/);
});
