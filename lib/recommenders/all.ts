import { biasMf } from "./models/biasMf";
import type { Augment, RecommenderDefinition } from "./definition";
import { type GraphOptions, lightGcn } from "./models/lightGcn";
import { ncf } from "./models/ncf";
import { sgl } from "./models/sgl";
import { simGcl } from "./models/simGcl";

/** The paper's five backbones. */
export type RecommenderName = "BiasMF" | "NCF" | "LightGCN" | "SGL" | "SimGCL";

/**
 * The five recommenders by name, in the paper's order; `layers` is the graph models'.
 *
 * @example const definition = recommenders.SGL({ user: true, item: true }, { recipe: "canonical" });
 */
export const recommenders: Readonly<
  Record<RecommenderName, (augment?: Augment, options?: GraphOptions) => RecommenderDefinition>
> = { BiasMF: biasMf, NCF: ncf, LightGCN: lightGcn, SGL: sgl, SimGCL: simGcl };
