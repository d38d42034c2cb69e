import type { Profile } from "../data";

/** What was found in an answer. */
export interface ReadProfile {
  /** Undefined unless each half has at least one term. */
  readonly profile?: Profile;
  /** What the answer lacks: "identity label", "interests", "identity 3", "interests 2", "a closing bracket". */
  readonly missing: readonly string[];
  /** Whether the answer is exactly in the format: see `isComplete`. */
  readonly complete: boolean;
}

const termsPerHalf = 3;
/** A term longer than this is a sentence gone astray, not a term. */
const maxTermChars = 80;

/** The prompt's own words in a term's place. */
const echo = /^(identity|interest)s?\s*\d*$/iu;

const term = String.raw`\[(?=[^\[\]\n]*[^\[\]\s])[^\[\]\n]+\]`;
const half = `${term}, ${term}, ${term}`;
const strict = {
  user: new RegExp(`^User identity: ${half}; User interests: ${half}\\.$`, "u"),
  item: new RegExp(`^Item identity: ${half}; Item interests: ${half}\\.$`, "u"),
} as const;

/**
 * Whether an answer is exactly `User identity: [a], [b], [c]; User interests: [d], [e], [f].` (or the same for items): three
 * bracketed non-blank terms a half, nothing before or after but white space, and no term that only repeats the form ("Identity 1").
 */
export function isComplete(answer: string, side: "user" | "item" = "user"): boolean {
  if (!strict[side].test(answer.trim())) return false;
  return !Array.from(answer.matchAll(/\[([^\]]*)\]/gu), ([, inner]) => inner!.trim()).some((inner) => echo.test(inner));
}

/**
 * A profile out of whatever a model wrote. Both labels are looked for in any case, order and side ("User", "Item" or none);
 * of several sections with the same label the first that has terms counts, so repeated halves and further users' profiles
 * change nothing. Terms are read from brackets, an unclosed one up to the next bracket, semicolon or line end; without
 * brackets the section is split at commas, semicolons and lines. A list ends with its line unless the next begins with a
 * bracket or a bullet. Blank terms, repetitions, echoes of the format
 * ("Identity 1") and terms of more than 80 characters are left out; at most three are kept a half.
 *
 * @example readProfile("User interests: [b]; User identity: [a").profile // { identity: ["a"], interests: ["b"] }
 */
export function readProfile(answer: string, side: "user" | "item" = "user"): ReadProfile {
  const missing: string[] = [];
  const sections = sectionsOf(answer);
  const read = (kind: "identity" | "interests"): readonly string[] => {
    const bodies = sections.filter((section) => section.kind === kind).map((section) => listOf(section.body));
    if (bodies.length === 0) {
      missing.push(`${kind} label`, kind);
      return [];
    }
    const all = bodies.map((body) => termsOf(body));
    const at = Math.max(
      0,
      all.findIndex((terms) => terms.length > 0),
    );
    const terms = all[at]!;
    if (terms.length === 0) missing.push(kind);
    else for (let k = terms.length + 1; k <= termsPerHalf; k++) missing.push(`${kind} ${k}`);
    if (/\[[^\]]*(?:\[|$)/u.test(bodies[at]!)) missing.push("a closing bracket");
    return terms;
  };
  const identity = read("identity");
  const interests = read("interests");
  const usable = identity.length > 0 && interests.length > 0;
  return { ...(usable ? { profile: { identity, interests } } : {}), missing, complete: isComplete(answer, side) };
}

interface Section {
  readonly kind: "identity" | "interests";
  readonly body: string;
}

/** The text after each label, up to the next label. */
function sectionsOf(answer: string): readonly Section[] {
  const text = answer.normalize("NFKC");
  const label = /(?:(?:user|item)(?:'s)?\s+)?(?<!\p{L})(identit(?:y|ies)|interests?)\s*:/giu;
  const found = Array.from(text.matchAll(label));
  return found.map((match, at) => ({
    kind: match[1]!.toLowerCase().startsWith("ident") ? "identity" : "interests",
    body: text.slice(match.index + match[0].length, found[at + 1]?.index ?? text.length),
  }));
}

/** The part of a section that is its list: its first line, and the lines after it that begin with a bracket or a bullet. */
function listOf(body: string): string {
  const [first = "", ...others] = body.trimStart().split("\n");
  const end = others.findIndex((line) => !/^\s*(?:\[|[-*•]|\d+[.)])/u.test(line));
  return [first, ...(end < 0 ? others : others.slice(0, end))].join("\n");
}

function termsOf(body: string): string[] {
  const bracketed = Array.from(body.matchAll(/\[(?:([^\[\]\n]*)\]|([^\[\]\n;]*))/gu), (match) => match[1] ?? match[2]!);
  const raw = bracketed.length > 0 ? bracketed : body.split(/[,;\n]/u);
  const terms: string[] = [];
  for (const piece of raw) {
    const cleaned = cleanTerm(piece);
    const known = terms.some((other) => other.toLowerCase() === cleaned.toLowerCase());
    if (cleaned !== "" && !known && terms.length < termsPerHalf) terms.push(cleaned);
  }
  return terms;
}

function cleanTerm(piece: string): string {
  const text = piece
    .replace(/[\[\]"`*]/gu, " ")
    .replace(/\s+/gu, " ")
    .replace(/^[\s\-•.]+|[\s.]+$/gu, "");
  return echo.test(text) || text.length > maxTermChars || !/[\p{L}\p{N}]/u.test(text) ? "" : text;
}
