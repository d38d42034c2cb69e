// Departures from the authors' make_dataset.py: the chosen answer is whatever `profileOf` gives (the teacher's, as in the paper;
// they take the distilled model's); a similar user's profile is drawn among those that differ from the chosen one (theirs may
// be the same text, since some users are listed as similar to themselves); a semicolon inside a term does not end the
// identity half. Similar users may belong to any part of `preferenceSplit`, as in theirs: restrict them where that matters.
import { prngOf, randomInt, type Prng } from "../core";
import { profileText, type Profile } from "../data";
import type { Message } from "../llm/chat";

/**
 * The ways in which a rejected answer is worse than the chosen one, each with its share of the pairs
 * (HKUDS/RecLM, llm/lora/make_dataset.py, block "reward modeling").
 */
export const rejectedKinds = [
  { kind: "similar user", share: 0.3, meaning: "the profile of a similar user" },
  { kind: "own and similar user", share: 0.3, meaning: "the user's profile, then on a new line a similar user's" },
  { kind: "identity half", share: 0.1, meaning: "the identity half alone" },
  { kind: "identity half twice", share: 0.1, meaning: "the identity half, its list printed twice" },
  { kind: "bare label", share: 0.1, meaning: "the label without a list" },
  { kind: "full stop", share: 0.1, meaning: "a full stop" },
] as const;

/** One of the ways of `rejectedKinds`. */
export type RejectedKind = (typeof rejectedKinds)[number]["kind"];

/** Share of the pairs by kind of rejected answer, [0, 1]; they add up to 1. */
export type RejectedShares = Readonly<Record<RejectedKind, number>>;

/** The authors' shares: 30% each of the two that show a similar user, 10% each of the others. */
export const rejectedShares: RejectedShares = Object.fromEntries(
  rejectedKinds.map(({ kind, share }) => [kind, share]),
) as Record<RejectedKind, number>;

/** One prompt with a better and a worse answer to it (Eq. 6). */
export interface PreferencePair {
  /** "pair 12-1": the first pair of user 12. */
  readonly id: string;
  readonly user: number;
  readonly kind: RejectedKind;
  /** The prompt, without an answer. */
  readonly messages: readonly Message[];
  readonly chosen: string;
  readonly rejected: string;
}

/** Pairs with those that could not be made, and why. */
export interface PreferencePairs {
  readonly pairs: readonly PreferencePair[];
  readonly unable: readonly { readonly id: string; readonly user: number; readonly reason: string }[];
}

/** Whom pairs are made for, from which prompts and profiles, and how they are drawn. */
export interface PreferenceOptions {
  /** Each at most once. */
  readonly users: readonly number[];
  /** The prompt that the user's profile is asked for with (`userProfilePrompt`), or undefined where there is nothing to show. */
  readonly promptOf: (user: number) => readonly Message[] | undefined;
  readonly profileOf: (user: number) => Profile | undefined;
  /** Whose profiles are shown to be rejected: the users that the prompt shows beside the target (`shownNeighbours`). */
  readonly similarUsersOf: (user: number) => readonly number[];
  readonly seed: number;
  /** 1 unless given; draws are independent, so two pairs of a user may be the same. */
  readonly pairsPerUser?: number;
  /** The authors' unless given. */
  readonly shares?: RejectedShares;
}

/**
 * Preference pairs of user profiles for the reward model (Eq. 6): chosen is a user's own profile, rejected is worse in a way
 * drawn by seed. A pair depends on its user, number and seed alone, not on who else is in the list. A pair whose draw asks for
 * a similar user's profile where all of them equal the user's own, or none is there, is reported as unable, not drawn again:
 * that would shift the shares unseen.
 *
 * Throws a RangeError for a user listed twice, a number of pairs below 1, and shares that do not add up to 1.
 */
export function preferencePairs(options: PreferenceOptions): PreferencePairs {
  const { users, pairsPerUser = 1, shares = rejectedShares } = options;
  if (!(Number.isInteger(pairsPerUser) && pairsPerUser >= 1)) {
    throw new RangeError(`Cannot make ${pairsPerUser} pairs a user: a whole number of at least 1 is needed`);
  }
  checkDistinct(users, "make pairs");
  checkShares(shares);
  const made = users.flatMap((user) =>
    Array.from({ length: pairsPerUser }, (_, k) => pairOf(user, k + 1, shares, options)),
  );
  return {
    pairs: made.filter((entry): entry is PreferencePair => "kind" in entry),
    unable: made.filter((entry): entry is PreferencePairs["unable"][number] => "reason" in entry),
  };
}

function pairOf(
  user: number,
  number: number,
  shares: RejectedShares,
  options: PreferenceOptions,
): PreferencePair | PreferencePairs["unable"][number] {
  const id = `pair ${user}-${number}`;
  const messages = options.promptOf(user);
  if (!messages) return { id, user, reason: "nothing to show in a prompt" };
  const own = options.profileOf(user);
  if (!own) return { id, user, reason: "no profile to choose" };
  const prng = prngOf(options.seed, "preference pair", user, number);
  const kind = drawnKind(shares, prng);
  const similar = (): string | undefined => drawnSimilar(user, profileText(own), prng, options);
  const rejected = rejectedText(kind, own, similar);
  if (rejected === undefined) return { id, user, reason: "no similar user has a profile that differs" };
  return { id, user, kind, messages, chosen: profileText(own), rejected };
}

/** The kind on which one uniform draw falls, kinds in their fixed order. */
function drawnKind(shares: RejectedShares, prng: Prng): RejectedKind {
  const drawn = prng();
  let covered = 0;
  for (const { kind } of rejectedKinds) {
    covered += shares[kind];
    if (drawn < covered) return kind;
  }
  // Shares may add up to a hair less than 1.
  return rejectedKinds.filter(({ kind }) => shares[kind] > 0).at(-1)!.kind;
}

function drawnSimilar(user: number, chosen: string, prng: Prng, options: PreferenceOptions): string | undefined {
  const texts = options.similarUsersOf(user).flatMap((other) => {
    const profile = other === user ? undefined : options.profileOf(other);
    const text = profile && profileText(profile);
    return text === undefined || text === chosen ? [] : [text];
  });
  return texts.length === 0 ? undefined : texts[randomInt(prng, texts.length)];
}

function rejectedText(kind: RejectedKind, own: Profile, similar: () => string | undefined): string | undefined {
  const label = "User identity: ";
  const identity = own.identity.map((term) => `[${term}]`).join(", ");
  switch (kind) {
    case "similar user":
      return similar();
    case "own and similar user": {
      const other = similar();
      return other === undefined ? undefined : `${profileText(own)}\n${other}`;
    }
    case "identity half":
      return label + identity;
    case "identity half twice":
      return label + identity + identity;
    case "bare label":
      return label;
    case "full stop":
      return ".";
  }
}

function checkDistinct(users: readonly number[], purpose: string): void {
  const seen = new Set<number>();
  for (const user of users) {
    if (seen.has(user)) throw new RangeError(`Cannot ${purpose}: user ${user} is listed twice`);
    seen.add(user);
  }
}

function checkShares(shares: RejectedShares): void {
  const values = rejectedKinds.map(({ kind }) => shares[kind]);
  const total = values.reduce((sum, share) => sum + share, 0);
  if (!(values.every((share) => share >= 0) && Math.abs(total - 1) < 1e-9)) {
    throw new RangeError(`Cannot draw kinds of rejected answers: the shares ${values.join(", ")} must add up to 1`);
  }
}
