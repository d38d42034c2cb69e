// Departures of `reclm` from HKUDS/RecLM: those of LightGCN; the noise comes from this project's generator.
// From Yu et al. (2022), as in the authors' code: what LightGCN departs in; eps 0.9, layer 0 in the sum, all nodes in the
// denominators, weight 0.01, temperature 0.1.
// Departures of `canonical` from Coder-Yu/SELFRec: L2 as LightGCN's, of layer 0; by default items' layer 0 is made of their
// texts; cold items, which have no layer above 0, are scored by it over L + 1.
import { type Augment, type RecommenderDefinition, unaugmented } from "../definition";
import { contrastive } from "./contrastive";
import { canonicalGraph, reclmGraph, type Views, type ViewContext } from "./graphEncoders";
import type { GraphOptions } from "./lightGcn";
import { kernelNoise, type Noise, noiseViews } from "./views";

/** What SimGCL can be told besides. */
export interface SimGclOptions extends GraphOptions {
  /** Adds noise of size eps to a layer; by default from the training's seed. */
  readonly noise?: (eps: number) => Noise;
}

/**
 * SimGCL: LightGCN and InfoNCE between two copies of its layers with noise, E += eps * sign(E) * (a unit row of uniform
 * numbers) after each product. `canonical`: eps 0.1, the mean of layers 1..L, the batch's different nodes against each other,
 * lambda 0.5, temperature 0.2.
 *
 * @example trainRecommender(simGcl(), view, features, options)
 */
export function simGcl(augment: Augment = unaugmented, options: SimGclOptions = {}): RecommenderDefinition {
  const { layers, noise } = options;
  const withNoise =
    (eps: number) =>
    (context: ViewContext): Views => {
      const { kernels, width, prng } = context;
      return noiseViews(context, noise?.(eps) ?? kernelNoise(kernels, width, eps, prng("noise")));
    };
  return contrastive("SimGCL", augment, options, {
    reclm: {
      graph: { ...reclmGraph, layers: layers ?? 2 },
      views: withNoise(0.9),
    },
    canonical: {
      graph: { ...canonicalGraph, from: 1, layers: layers ?? 3 },
      views: withNoise(0.1),
    },
  });
}
