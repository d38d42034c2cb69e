import type { Profile } from "../data";

/** Writes the profiles that a language model learns from: ChatGPT in the paper, rules or a replayed file here. */
export interface UserTeacher {
  /** For tables and captions. */
  readonly name: string;
  /** What it uses and what it does not, in one sentence for the reader of results. */
  readonly note: string;
  /** The profile of a user whose history is `items` (oldest to newest); undefined where the teacher has nothing to say. */
  profileOf(user: number, items: ArrayLike<number>): Profile | undefined;
}

/** The same for items. */
export interface ItemTeacher {
  readonly name: string;
  readonly note: string;
  /** An item's profile from the profiles shown in its prompt: of interacting users (warm) or of similar items (cold). */
  profileOf(item: number, shown: readonly Profile[]): Profile | undefined;
}
