/** What a profile says: the paper's two halves, each a short list of terms. */
export interface Profile {
  readonly identity: readonly string[];
  readonly interests: readonly string[];
}

/** Profiles of users or of items, with who wrote them. */
export interface ProfileSet {
  readonly side: "user" | "item";
  /** For tables and captions: "rules", "GPT_KD", "Mask", "released GPT-3.5". */
  readonly writer: string;
  /** One entry per user or item index; undefined where nothing usable was written. */
  readonly profiles: readonly (Profile | undefined)[];
}

/** The paper's answer format: `User identity: [a], [b], [c]; User interests: [d], [e], [f].` (items: `Item identity`, `Item interests`). */
export function profileText(profile: Profile, side: "user" | "item" = "user"): string {
  const list = (terms: readonly string[]): string => terms.map((term) => `[${term}]`).join(", ");
  const label = side === "user" ? "User" : "Item";
  return `${label} identity: ${list(profile.identity)}; ${label} interests: ${list(profile.interests)}.`;
}
