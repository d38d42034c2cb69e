/** The paper's four accuracy numbers, each 0..1. */
export interface Accuracy {
  readonly recall20: number;
  readonly recall40: number;
  readonly ndcg20: number;
  readonly ndcg40: number;
}

/** Names of the four, in the paper's column order. */
export const accuracyColumns = ["recall20", "recall40", "ndcg20", "ndcg40"] as const;

/** Column headings of the four. */
export const columnTitles: Readonly<Record<keyof Accuracy, string>> = {
  recall20: "R@20",
  recall40: "R@40",
  ndcg20: "N@20",
  ndcg40: "N@40",
};

/** The paper's two settings, in its order. */
export const settings = ["fullShot", "zeroShot"] as const;
export type Setting = (typeof settings)[number];

/** "Full-shot" or "Zero-shot", over a panel. */
export function settingTitle(setting: Setting): string {
  return setting === "fullShot" ? "Full-shot" : "Zero-shot";
}

/** "full-shot" or "zero-shot". */
export function settingText(setting: Setting): string {
  return setting === "fullShot" ? "full-shot" : "zero-shot";
}
