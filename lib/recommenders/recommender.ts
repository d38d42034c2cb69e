import type { Recipe, RecommenderDefinition } from "./definition";
import type { ItemSource } from "./side";

/**
 * How a side is fused with its profiles: `reclm`, ReLU([own ; projected profile] W + b) before any graph; `gated`, a gate
 * entry by entry between own vector and projected profile, for users after the graph. `gated` needs the recipe `reclm`.
 */
export type Fusion = "reclm" | "gated";

/** What all five recommenders can be told. */
export interface RecommenderOptions {
  /** `reclm` unless given. */
  readonly recipe?: Recipe;
  /** How profiles are fused in: `reclm`, the paper's concatenation (Eq. 2), unless given. */
  readonly fusion?: Fusion;
  /** Where items' vectors come from in the `canonical` recipe: their texts unless given. */
  readonly items?: ItemSource;
}

/** The named recipe of a recommender. */
export function recommender(
  name: string,
  { recipe = "reclm", items = "text", fusion = "reclm" }: RecommenderOptions,
  recipes: Readonly<Record<Recipe, Omit<RecommenderDefinition, "name" | "recipe">>>,
): RecommenderDefinition {
  if (recipe === "reclm" && items === "id") {
    throw new RangeError(`Cannot train ${name} with vectors of items' own: the recipe "reclm" makes them of texts`);
  }
  if (recipe === "canonical" && fusion === "gated") {
    throw new RangeError(`Cannot gate the profiles of ${name}: the gated fusion is one of the recipe "reclm"`);
  }
  return { name, recipe, ...recipes[recipe] };
}
