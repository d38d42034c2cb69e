import type { Recipe, RecommenderDefinition } from "./definition";
import type { ItemSource } from "./sides";

/** What all five recommenders can be told. */
export interface RecommenderOptions {
  /** `reclm` unless given. */
  readonly recipe?: Recipe;
  /** Where items' vectors come from in the `canonical` recipe: their texts unless given. */
  readonly items?: ItemSource;
}

/** The named recipe of a recommender. */
export function recommender(
  name: string,
  { recipe = "reclm", items = "text" }: RecommenderOptions,
  recipes: Readonly<Record<Recipe, Omit<RecommenderDefinition, "name" | "recipe">>>,
): RecommenderDefinition {
  if (recipe === "reclm" && items === "id") {
    throw new RangeError(`Cannot train ${name} with vectors of items' own: the recipe "reclm" makes them of texts`);
  }
  return { name, recipe, ...recipes[recipe] };
}
