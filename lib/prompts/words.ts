/** The nouns that prompts and rules profiles are written with, so that one set of sentences serves films, news and goods. */
export interface Words {
  /** One item: "film". */
  readonly item: string;
  /** Several items: "films". */
  readonly items: string;
  /** What a category is called, in the plural: "genres". */
  readonly categories: string;
  /** Who consumes the items, capitalised: "Viewer". */
  readonly person: string;
  /** Names of the three popularity bands, most popular first; each covers a third of the training pairs. */
  readonly bands: readonly [string, string, string];
}

/** Words for films: what prompts say unless a preset says otherwise. */
export const filmWords: Words = {
  item: "film",
  items: "films",
  categories: "genres",
  person: "Viewer",
  bands: ["Blockbuster", "Mainstream", "Hidden Gem"],
};

/** Words for news, as in MIND. */
export const newsWords: Words = {
  item: "article",
  items: "articles",
  categories: "topics",
  person: "Reader",
  bands: ["Headline", "Mainstream", "Niche"],
};

/** Words for products of any kind. */
export const productWords: Words = {
  item: "product",
  items: "products",
  categories: "kinds",
  person: "Buyer",
  bands: ["Bestseller", "Mainstream", "Niche"],
};
