import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { matrixOf, prngOf } from "reclm/core";
import {
  baseRates,
  derangement,
  distinctShare,
  factIndex,
  factsOfTerm,
  groundingOf,
  normalised,
  permutedRetrieval,
  retrievalOf,
  shareOf,
  sharedWithTeacher,
  termTracer,
  titleCheck,
} from "reclm/profiles";
import type { CatalogueItem } from "reclm/data";
import { filmWords, newsWords, promptSource, type PromptSource } from "reclm/prompts";
import { toyHistories, toySource } from "../prompts/toy";

const index = factIndex(toySource);
const base = baseRates(toyHistories, index);

function close(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) < 1e-6, `${actual} is not ${expected}`);
}

test("Wilson intervals equal those of scipy.stats.binomtest(k, n).proportion_ci(method='wilson')", () => {
  // test/reference/profiles/wilson.py
  const cases = JSON.parse(readFileSync("test/reference/profiles/wilson.json", "utf8")) as readonly {
    k: number;
    n: number;
    low: number;
    high: number;
  }[];
  for (const { k, n, low, high } of cases) {
    const share = shareOf(k, n);
    close(share.low, low);
    close(share.high, high);
  }
  assert.deepEqual({ ...shareOf(0, 0), share: 0 }, { count: 0, n: 0, share: 0, low: 0, high: 1 });
  assert.throws(() => shareOf(3, 2), RangeError);
});

test("the share of distinct profiles", () => {
  const profile = { identity: ["a"], interests: ["b"] };
  assert.equal(distinctShare([profile, { ...profile }, { identity: ["b"], interests: ["a"] }, undefined]), 2 / 3);
  assert.ok(Number.isNaN(distinctShare([undefined])));
});

test("terms shared with the own and with another user's teacher profile", () => {
  const teacher = [
    { identity: ["A", "b"], interests: ["c", "d"] },
    { identity: ["e", "f"], interests: ["g", "d"] },
    undefined,
  ];
  const written = [
    { identity: ["a", "x"], interests: ["d"] },
    { identity: [" e "], interests: ["b", "f"] },
    { identity: ["a"], interests: ["b"] },
  ];
  // Own: {a, d} of 4, {e, f} of 4. Exchanged: user 0 shares {d} with teacher 1, user 1 shares {b} with teacher 0.
  assert.deepEqual(sharedWithTeacher(written, teacher, prngOf(1)), { own: 0.5, shuffled: 0.25, n: 2 });
  const one = sharedWithTeacher(written.slice(0, 1), teacher.slice(0, 1), prngOf(1));
  assert.ok(one.own === 0.5 && Number.isNaN(one.shuffled));
  assert.ok(Number.isNaN(sharedWithTeacher([undefined], [undefined], prngOf(1)).own));
  assert.throws(() => sharedWithTeacher(written, [], prngOf(1)), RangeError);
});

test("a derangement is a permutation without fixed places", () => {
  for (let seed = 0; seed < 50; seed++) {
    const places = derangement(7, prngOf(seed));
    assert.equal(new Set(places).size, 7);
    places.forEach((to, from) => assert.notEqual(to, from));
  }
  assert.throws(() => derangement(1, prngOf(1)), RangeError);
});

test("what terms say", () => {
  assert.equal(normalised("  Children's  Sci-Fi, Amélie! "), "childrens sci fi amelie");
  const facts = (term: string): readonly string[] => factsOfTerm(term, index).facts;
  assert.deepEqual(facts("Late 1990s Film Fan"), ["era late 1990s"]);
  assert.deepEqual(facts("1990s classics"), ["decade 1990s"]);
  assert.deepEqual(facts("Action and Sci-Fi films"), ["category action", "category sci fi"]);
  assert.deepEqual(facts("Blockbuster Viewer"), ["band blockbuster"]);
  assert.deepEqual(facts("films like The Usual Suspects (1995)"), ["title the usual suspects"]);
  assert.deepEqual(facts("films like Usual Suspects, The"), ["title the usual suspects"]);
  assert.deepEqual(facts("films like Usual Suspects"), ["title the usual suspects"]);
  assert.deepEqual(facts("Fargo"), ["title fargo"]);
  assert.deepEqual(facts("loves life"), []);
  assert.deepEqual(factsOfTerm("films like Crime Toy", index), { facts: [], claimedTitle: "crime toy" });
});

test("a title with the word like in it is one, alone and after another like", () => {
  const named = ["Some Like It Hot", "Like Water For Chocolate"];
  const films = named.map((title) => ({ id: title, title, categories: [] }));
  const histories = [Int32Array.of(0, 1)];
  const own = factIndex(promptSource({ size: 2, item: (at: number) => films[at]! }, histories, filmWords));
  assert.deepEqual(factsOfTerm("Some Like It Hot (1959)", own), { facts: ["title some like it hot"] });
  assert.deepEqual(factsOfTerm("Like Water For Chocolate", own), { facts: ["title like water for chocolate"] });
  for (const title of named) {
    const claimedTitle = title.toLowerCase();
    assert.deepEqual(factsOfTerm(`films like ${title}`, own), { facts: [`title ${claimedTitle}`], claimedTitle });
  }
});

test("where no item has a year, words of headlines are facts", () => {
  const news = [
    { title: "Men's Soccer Bows Out Of The Big East Tournament", categories: ["sports", "more_sports"] },
    { title: "Katie Holmes' best fashion of 2019", categories: ["movies", "movies-celebrity"] },
    { title: "Ravens rout the Rams 45-6", categories: ["sports", "football_nfl"] },
  ].map((item, at) => ({ id: String(at), abstract: "", ...item }));
  const sourceOf = (items: readonly CatalogueItem[]): PromptSource =>
    promptSource({ size: items.length, item: (at) => items[at]! }, [Int32Array.of(0, 1), Int32Array.of(2)], newsWords);
  const headlines = factIndex(sourceOf(news));
  const factsOf = (term: string): readonly string[] => factsOfTerm(term, headlines).facts;
  assert.deepEqual(factsOf("Soccer enthusiasts"), ["topic soccer"]);
  assert.deepEqual(factsOf("Fans of the Big East"), ["topic east"]);
  assert.deepEqual(factsOf("Sports and football fan"), ["category sports", "topic football"]);
  assert.deepEqual(factsOf("Movie lover"), ["topic movie"]);
  assert.deepEqual(factsOf("Raven"), ["topic raven"]);
  assert.deepEqual(factsOf("Ravens rout the Rams 45-6"), ["title ravens rout the rams 45 6"]);
  for (const empty of ["best reader", "2019", "Chess player", "out of the 45"])
    assert.deepEqual(factsOf(empty), [], empty);

  const trace = termTracer({ own: [0, 1], neighbours: [2] }, headlines);
  const terms = ["Soccer", "Celebrity news", "Soccer and football fan", "Ravens", "Chess"];
  assert.deepEqual(terms.map(trace), ["own", "own", "neighbour", "neighbour", "neither"]);

  const films = factIndex(sourceOf([{ ...news[0]!, year: 1999 }, ...news.slice(1)]));
  assert.deepEqual(factsOfTerm("Soccer enthusiasts", films).facts, [], "titles of films are names");
});

test("grounding and titles, counted by hand", () => {
  const profile = {
    identity: ["Crime Fan", "Animation Fan", "Crime and Animation Fan"],
    interests: ["Romance films", "films like Heat", "films like Toy Story", "films like Heet", "good taste"],
  };
  // User 0 has Alien, Fargo, Heat, Suspects; the neighbour shown (1) adds Toy Story; nobody here has Annie Hall's Romance.
  const cases = [
    { profile, own: toyHistories[0]!, neighbours: toyHistories[1]! },
    { profile: undefined, own: [], neighbours: [] },
  ];
  assert.deepEqual(groundingOf(cases, index, base), {
    own: 2, // Crime, Heat
    neighboursOnly: 3, // Animation, Crime and Animation, Toy Story
    neither: 3, // Romance, Heet, good taste
    withoutFact: 2,
    typical: 2, // Crime 3/4 >= 7/12; Heat 1/4 >= 2/12
    terms: 8,
    profiles: 1,
  });
  assert.deepEqual(titleCheck(cases, index), { claimed: 3, own: 1, other: 1, corrupted: 1 });
  // Crime is 1 of 3 in user 2's history, below 7/12: in it, but not typical.
  const other = { profile: { identity: ["Crime Fan"], interests: [] }, own: toyHistories[2]!, neighbours: [] };
  const { own, typical } = groundingOf([other], index, base);
  assert.deepEqual([own, typical], [1, 0]);
  assert.equal(groundingOf([], index, base).terms, 0);
});

test("retrieval: exact embeddings rank first, ties count half, permuted ones do not", () => {
  const n = 5;
  const eye = matrixOf(
    n,
    n,
    Float32Array.from({ length: n * n }, (_, at) => (Math.floor(at / n) === at % n ? 1 : 0)),
  );
  const exact = retrievalOf(eye, eye, 1);
  assert.deepEqual(Array.from(exact.ranks), [1, 1, 1, 1, 1]);
  assert.deepEqual([exact.meanReciprocalRank, exact.hitsAt10, exact.pool, exact.n], [1, 1, 5, 5]);
  // Each permuted profile has cosine 1 with one other history and 0 with the own and three more: 1 + 1 + 3 / 2.
  assert.deepEqual(Array.from(permutedRetrieval(eye, eye, 1).ranks), [3.5, 3.5, 3.5, 3.5, 3.5]);
  const zeros = matrixOf(n, n);
  assert.equal(retrievalOf(zeros, eye, 1).meanRank, 3);
  assert.deepEqual(Array.from(retrievalOf(zeros, eye, 1, 3).ranks), [2, 2, 2, 2, 2]);
  assert.equal(retrievalOf(matrixOf(1, 2), matrixOf(1, 2), 1).meanRank, 1);
  assert.throws(() => retrievalOf(eye, matrixOf(n, 2), 1), RangeError);
});
