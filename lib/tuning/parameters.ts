import type { Adapter, LoraPair } from "../llm";

/** An adapter's own arrays in one order, A before B of each pair, named as in checkpoints: "blk.0.attn_q.weight.a". */
export function adapterParameters(adapter: Adapter): ReadonlyMap<string, Float32Array> {
  const both = [...adapter.pairs].flatMap(([name, { a, b }]) => [
    [`${name}.a`, a.data] as const,
    [`${name}.b`, b.data] as const,
  ]);
  return new Map(both);
}

/** Gradients by the adapter's pairs as a list in the order of `adapterParameters`. */
export function adapterGradients(adapter: Adapter, gradients: ReadonlyMap<string, LoraPair>): readonly Float32Array[] {
  return [...adapter.pairs.keys()].flatMap((name) => {
    const { a, b } = gradients.get(name)!;
    return [a.data, b.data];
  });
}
