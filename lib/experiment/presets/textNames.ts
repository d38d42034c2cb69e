/**
 * What stands for an item's text: the experiment's encoder; TF-IDF in 768 latent dimensions, rows of length 15 (title and
 * categories counted twice), which gives the paper's Base where its encoder is not at hand; the paper's encoder,
 * bert-base-nli-mean-tokens; or the authors' own array.
 */
export const textNames = ["encoder", "tf-idf", "bert-base-nli", "released"] as const;
export type TextName = (typeof textNames)[number];
