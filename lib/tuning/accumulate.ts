/** The objective of one batch, or of several together. */
export interface BatchGradients<M extends string = never> {
  /** Mean over `weight` terms. */
  readonly loss: number;
  /** Of that mean, in the order of the tuned parameters. */
  readonly gradients: readonly Float32Array[];
  /** Terms of the mean: supervised tokens, pairs. */
  readonly weight: number;
  /** Tokens that went through the model. */
  readonly tokens: number;
  /** Further means over the same terms. */
  readonly metrics: Readonly<Record<M, number>>;
}

/** Runs the batches one after the other and weights each by the terms of its mean. */
export async function sumOfBatches<M extends string>(
  batches: readonly (() => Promise<BatchGradients<M>>)[],
): Promise<BatchGradients<M>> {
  let sum: BatchGradients<M> | undefined;
  for (const batch of batches) {
    const next = await batch();
    sum = sum ? joined(sum, next) : next;
  }
  if (!sum) throw new RangeError("Cannot accumulate gradients: there is no batch");
  return sum;
}

function joined<M extends string>(sum: BatchGradients<M>, next: BatchGradients<M>): BatchGradients<M> {
  const total = sum.weight + next.weight;
  const mean = (before: number, now: number): number => (before * sum.weight + now * next.weight) / total;
  const names = Object.keys(sum.metrics) as M[];
  const metrics = Object.fromEntries(names.map((name) => [name, mean(sum.metrics[name], next.metrics[name])]));
  return {
    loss: mean(sum.loss, next.loss),
    gradients: sum.gradients.map((values, p) => values.map((value, i) => mean(value, next.gradients[p]![i]!))),
    weight: total,
    tokens: sum.tokens + next.tokens,
    metrics: metrics as Record<M, number>,
  };
}
