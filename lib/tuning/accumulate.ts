import type { Adapter, LossAndGradients } from "../llm";

/** The objective of several batches together. */
export interface AccumulatedLoss {
  /** Mean over the supervised tokens of all batches, in nats. */
  readonly loss: number;
  /** Of that mean: for each of the adapter's pairs, A's and then B's. */
  readonly gradients: readonly Float32Array[];
  readonly tokens: number;
}

/** Runs the batches one after the other and weights each by its share of the supervised tokens. */
export async function sumOfBatches(
  adapter: Adapter,
  batches: readonly ((adapter: Adapter) => Promise<LossAndGradients>)[],
): Promise<AccumulatedLoss> {
  const names = [...adapter.pairs.keys()];
  let sums: readonly Float32Array[] | undefined;
  let loss = 0;
  let supervised = 0;
  let tokens = 0;
  for (const batch of batches) {
    const result = await batch(adapter);
    const gradients = names.flatMap((name) => {
      const { a, b } = result.gradients.get(name)!;
      return [a.data, b.data];
    });
    sums = sums ? weighted(sums, supervised, gradients, result.supervisedTokens) : gradients;
    loss = (loss * supervised + result.loss * result.supervisedTokens) / (supervised + result.supervisedTokens);
    supervised += result.supervisedTokens;
    tokens += result.tokens;
  }
  return { loss, gradients: sums ?? [], tokens };
}

function weighted(
  sums: readonly Float32Array[],
  before: number,
  gradients: readonly Float32Array[],
  now: number,
): readonly Float32Array[] {
  const total = before + now;
  return sums.map((sum, p) => sum.map((value, i) => (value * before + gradients[p]![i]! * now) / total));
}
