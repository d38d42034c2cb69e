import { profileText, type Profile } from "../data";
import { derangement } from "./share";
import { meanOf, type Prng } from "../core";

/** Share of different profiles among those written: 1 when no two are alike; NaN when none was written. */
export function distinctShare(profiles: readonly (Profile | undefined)[]): number {
  const texts = profiles.flatMap((profile) => (profile ? [profileText(profile)] : []));
  return new Set(texts).size / texts.length;
}

/** Terms in common with a teacher's profile. */
export interface SharedTerms {
  /** Mean share of the own teacher profile's terms that stand in the profile, in the same words, 0..1. */
  readonly own: number;
  /** The same with the teacher profile of another user, drawn by seed. */
  readonly shuffled: number;
  /** Users with both profiles; with fewer than two, `shuffled` is NaN. */
  readonly n: number;
}

/**
 * How much of the teacher's profile the student says, against another user's teacher profile. Terms are compared without
 * regard to case, white space or half. Users without a profile on either side are left out.
 */
export function sharedWithTeacher(
  written: readonly (Profile | undefined)[],
  teacher: readonly (Profile | undefined)[],
  prng: Prng,
): SharedTerms {
  if (written.length !== teacher.length) {
    throw new RangeError(`Cannot compare ${written.length} profiles with ${teacher.length} teacher profiles`);
  }
  const pairs = written.flatMap((profile, user) => {
    const model = teacher[user];
    return profile && model ? [{ own: termSet(profile), teacher: termSet(model) }] : [];
  });
  const n = pairs.length;
  const own = meanOf(pairs.map((pair) => overlap(pair.own, pair.teacher)));
  if (n < 2) return { own, shuffled: NaN, n };
  const other = derangement(n, prng);
  const shuffled = meanOf(pairs.map((pair, at) => overlap(pair.own, pairs[other[at]!]!.teacher)));
  return { own, shuffled, n };
}

function termSet({ identity, interests }: Profile): ReadonlySet<string> {
  return new Set([...identity, ...interests].map((term) => term.toLowerCase().replace(/\s+/g, " ").trim()));
}

function overlap(written: ReadonlySet<string>, teacher: ReadonlySet<string>): number {
  let common = 0;
  for (const term of teacher) if (written.has(term)) common += 1;
  return teacher.size > 0 ? common / teacher.size : 0;
}
