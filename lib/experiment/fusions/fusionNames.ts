/**
 * The fusions that are compared: none, nothing but texts, the paper's, gates, and the closed-form heads on Base's cold items, with
 * profiles alone and with the history's text beside them.
 */
export const fusionNames = ["Base", "content cosine", "reclm", "gated", "late head", "head + history"] as const;
export type FusionName = (typeof fusionNames)[number];

/** Whether it is given vectors in the profiles' place; the others are what it is held against. */
export function isFused(fusion: FusionName): boolean {
  return fusion !== "Base" && fusion !== "content cosine";
}
