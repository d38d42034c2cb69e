import type { Catalogue } from "./catalogue";
import type { Interactions } from "./interactions";

/** A data set as it was read: nothing filtered. */
export interface Dataset {
  readonly name: string;
  readonly interactions: Interactions;
  readonly catalogue: Catalogue;
  /** What the reader should know of the source: counts of odd values, rules applied. */
  readonly notes: readonly string[];
}
