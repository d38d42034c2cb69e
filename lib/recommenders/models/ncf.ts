// Departures of `reclm` from HKUDS/RecLM:
// - modules that Base does not use are not made: theirs would feel the penalty only;
// - dropout, 0 in the authors' runs, is left out;
// - log sigmoid is computed without overflow.
// From He et al. (2017), as in the authors' code: one pair of vectors for both branches, one hidden layer whose units are
// summed, BPR on one negative.
// Departures of `canonical` from He et al.: no pre-training; a batch holds pairs with their four negatives instead of instances
// in any order; by default items' vectors are made of their texts.
import { type Augment, type RecommenderDefinition, unaugmented } from "../definition";
import { neuMfCanonical, neuMfNegatives } from "./neuMfCanonical";
import { neuMfReclm } from "./neuMfReclm";
import { recommender, type RecommenderOptions } from "../recommender";

/**
 * NCF (NeuMF). `reclm`: s(u, i) = sum(w * u * z) + sum ReLU(W [u ; z] + b), BPR. `canonical`: sigmoid of a weighed sum of
 * u_g * z_g and a tower over [u_m ; z_m] with vectors of its own, cross-entropy, four negatives a pair; for width d the tower
 * is 2d, d, d/2, d/4 and the product has d/4 numbers, so d must be a multiple of 16.
 *
 * @example trainRecommender(ncf(), view, features, options)
 */
export function ncf(augment: Augment = unaugmented, options: RecommenderOptions = {}): RecommenderDefinition {
  return recommender("NCF", options, {
    reclm: { regularisation: 1e-7, build: (context) => neuMfReclm(context, augment, options.fusion) },
    canonical: {
      regularisation: 0,
      negatives: neuMfNegatives,
      build: (context) => neuMfCanonical(context, augment, options.items ?? "text"),
    },
  });
}
