// Departures of `reclm` from HKUDS/RecLM: those of LightGCN; the dropped entries come from this project's generator.
// From Wu et al. (2021), as in the authors' code: what LightGCN departs in; views drawn for every batch, half of the directed
// entries kept and not normalised anew; the mean of InfoNCE with weight 0.01.
// Departures of `canonical` from wujcan/SGL-Torch: all losses are divided by the batch (Adam does not feel it); by default
// items' layer 0 is made of their texts.
import { type Augment, type RecommenderDefinition, unaugmented } from "../definition";
import { contrastive } from "./contrastive";
import { directedDraw, type EdgeDraw, undirectedDraw } from "../graph/edgeDrop";
import { canonicalGraph, reclmGraph } from "./graphEncoders";
import type { GraphOptions } from "./lightGcn";
import { edgeViews } from "./views";

/** What SGL can be told besides. */
export interface SglOptions extends GraphOptions {
  /** Draws the masks of the views in turn; by default from the training's seed. */
  readonly draw?: EdgeDraw;
}

const keep = 0.5;

/**
 * SGL with edge dropout: LightGCN and InfoNCE between two sub-graphs, all nodes in the denominators. `reclm`: lambda 0.01,
 * temperature 0.1; `canonical`: 10% of the pairs dropped once an epoch and what is left normalised, lambda 0.1,
 * temperature 0.2.
 *
 * @example trainRecommender(sgl(), view, features, options)
 */
export function sgl(augment: Augment = unaugmented, options: SglOptions = {}): RecommenderDefinition {
  const { layers, draw } = options;
  return contrastive("SGL", augment, options, {
    reclm: {
      graph: { ...reclmGraph, layers: layers ?? 2 },
      views: (context) =>
        edgeViews(context, { draw: draw ?? directedDraw(context.prng("edges"), keep), keep, every: "batch" }),
    },
    canonical: {
      graph: { ...canonicalGraph, layers: layers ?? 3 },
      views: (context) =>
        edgeViews(context, { draw: draw ?? undirectedDraw(context.prng("edges"), 0.1), every: "epoch" }),
    },
  });
}
