import type { Adapter, PolicyGradients, ScalarHead } from "../../llm";
import { AdamW } from "../adamw";

/** A value head that says 0 everywhere, over `width` entries (lm-human-preference-details). */
export function zeroHead(width: number): ScalarHead {
  return { weight: new Float32Array(width), bias: new Float32Array(1) };
}

/** What PPO trains, an adapter and a value head, which change in place; with their Adam. */
export class PpoLearner {
  /** Each pair's A and B, then the head's weight and bias. */
  readonly parameters: readonly Float32Array[];
  readonly optimiser: AdamW;
  readonly #names: readonly string[];

  constructor(
    readonly adapter: Adapter,
    readonly head: ScalarHead,
    options: { readonly epsilon: number },
  ) {
    const pairs = [...adapter.pairs];
    this.parameters = [...pairs.flatMap(([, { a, b }]) => [a.data, b.data]), head.weight, head.bias];
    this.#names = [...pairs.flatMap(([name]) => [`${name}.a`, `${name}.b`]), "value.weight", "value.bias"];
    this.optimiser = new AdamW(this.parameters, { weightDecay: 0, epsilon: options.epsilon });
  }

  /** Gradients in the order of `parameters`. */
  flat({ gradients, head }: Pick<PolicyGradients<unknown>, "gradients" | "head">): Float32Array[] {
    const pairs = [...this.adapter.pairs.keys()].flatMap((name) => {
      const { a, b } = gradients.get(name)!;
      return [a.data, b.data];
    });
    return [...pairs, head.weight, head.bias];
  }

  /** Weights and moments, by name. */
  state(): ReadonlyMap<string, Float32Array> {
    const { firstMoments, secondMoments } = this.optimiser;
    const named = (arrays: readonly Float32Array[], suffix: string) =>
      arrays.map((values, i) => [`${this.#names[i]!}${suffix}`, values] as const);
    return new Map([
      ...named(this.parameters, ""),
      ...named(firstMoments, ".first"),
      ...named(secondMoments, ".second"),
    ]);
  }
}
