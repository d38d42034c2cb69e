import type { Profile } from "../data";
import { factsOfTerm, termsOf, type Fact, type FactIndex } from "./facts";

/** Where the terms of profiles come from; counts of terms, and what they were counted over. */
export interface Grounding {
  /** Every fact of the term holds for some item of the user's own history. */
  readonly own: number;
  /** Not so, but every fact holds for some item of the user's or the neighbours' histories. */
  readonly neighboursOnly: number;
  /** Neither; also terms in which no fact is found. */
  readonly neither: number;
  /** Of `neither`: terms that say nothing which metadata could confirm. */
  readonly withoutFact: number;
  /** Terms every fact of which is at least as frequent in the own history as among all items given as `base`. */
  readonly typical: number;
  readonly terms: number;
  readonly profiles: number;
}

/** One profile to be judged, with the training items of its user and of the neighbours shown to its writer. */
export interface GroundingCase {
  readonly profile: Profile | undefined;
  readonly own: ArrayLike<number>;
  readonly neighbours: ArrayLike<number>;
}

/** Share of training pairs whose item has a fact: what "typical" is held against. */
export type BaseRates = ReadonlyMap<Fact, number>;

/** Base rates of facts over all training pairs. */
export function baseRates(histories: readonly ArrayLike<number>[], index: FactIndex): BaseRates {
  const all = histories.flatMap((history) => Array.from(history));
  return factShares(all, index);
}

/** Where a term comes from; "neither" also where no fact is found in it. */
export type TermSource = "own" | "neighbour" | "neither";

/** Traces single terms of one user: to the user's own items, to neighbours' items, or to neither. */
export function termTracer(
  { own, neighbours }: Omit<GroundingCase, "profile">,
  index: FactIndex,
): (term: string) => TermSource {
  const mine = factShares(Array.from(own), index);
  const theirs = factShares(Array.from(neighbours), index);
  return (term) => sourceOf(factsOfTerm(term, index).facts, mine, theirs);
}

type Shares = ReadonlyMap<Fact, number>;

function sourceOf(facts: readonly Fact[], mine: Shares, theirs: Shares): TermSource {
  if (facts.length === 0) return "neither";
  if (facts.every((fact) => mine.has(fact))) return "own";
  return facts.every((fact) => mine.has(fact) || theirs.has(fact)) ? "neighbour" : "neither";
}

/**
 * Where terms are grounded, over many profiles. A long history holds nearly every category somewhere, so that "own" is easy to
 * reach: `typical` is the demanding figure (the fact is at least as frequent in the history as in all training pairs; a title
 * need only be in it), and both should be read beside the same figures for another user's history. Missing profiles are left out.
 */
export function groundingOf(cases: readonly GroundingCase[], index: FactIndex, base: BaseRates): Grounding {
  const counts = { own: 0, neighboursOnly: 0, neither: 0, withoutFact: 0, typical: 0, terms: 0, profiles: 0 };
  for (const { profile, own, neighbours } of cases) {
    if (!profile) continue;
    counts.profiles += 1;
    const mine = factShares(Array.from(own), index);
    const theirs = factShares(Array.from(neighbours), index);
    for (const term of termsOf(profile)) {
      const { facts } = factsOfTerm(term, index);
      counts.terms += 1;
      if (facts.length === 0) counts.withoutFact += 1;
      counts[countOf[sourceOf(facts, mine, theirs)]] += 1;
      const typical = (fact: Fact): boolean => (mine.get(fact) ?? 0) > 0 && mine.get(fact)! >= (base.get(fact) ?? 0);
      if (facts.length > 0 && facts.every(typical)) counts.typical += 1;
    }
  }
  return counts;
}

const countOf = { own: "own", neighbour: "neighboursOnly", neither: "neither" } as const;

function factShares(items: readonly number[], index: FactIndex): ReadonlyMap<Fact, number> {
  const counts = new Map<Fact, number>();
  for (const item of items) for (const fact of index.ofItem[item]!) counts.set(fact, (counts.get(fact) ?? 0) + 1);
  return new Map(Array.from(counts, ([fact, count]) => [fact, count / items.length]));
}

/** Titles named after "like". */
export interface TitleCheck {
  readonly claimed: number;
  /** Exactly the title of one of the user's own items. */
  readonly own: number;
  /** Exactly the title of another item of the catalogue. */
  readonly other: number;
  /** No title of the catalogue: corrupted or invented. */
  readonly corrupted: number;
}

/** How many titles survive in the writer's words. */
export function titleCheck(cases: readonly GroundingCase[], index: FactIndex): TitleCheck {
  const counts = { claimed: 0, own: 0, other: 0, corrupted: 0 };
  for (const { profile, own } of cases) {
    if (!profile) continue;
    const mine = new Set(Array.from(own).flatMap((item) => Array.from(index.ofItem[item]!)));
    for (const term of termsOf(profile)) {
      const { facts, claimedTitle } = factsOfTerm(term, index);
      if (claimedTitle === undefined) continue;
      counts.claimed += 1;
      const [title] = facts;
      if (title === undefined) counts.corrupted += 1;
      else if (mine.has(title)) counts.own += 1;
      else counts.other += 1;
    }
  }
  return counts;
}
