import type { Adapter, PolicyGradients, ScalarHead } from "../../llm";
import { AdamW } from "../adamw";
import { trainingState } from "../checkpoint";
import { adapterGradients, adapterParameters } from "../parameters";

/** A value head that says 0 everywhere, over `width` entries (lm-human-preference-details). */
export function zeroHead(width: number): ScalarHead {
  return { weight: new Float32Array(width), bias: new Float32Array(1) };
}

/** What PPO trains, an adapter and a value head, which change in place; with their Adam. */
export class PpoLearner {
  /** Each pair's A and B, then the head's weight and bias. */
  readonly parameters: readonly Float32Array[];
  readonly optimiser: AdamW;
  readonly #named: ReadonlyMap<string, Float32Array>;

  constructor(
    readonly adapter: Adapter,
    readonly head: ScalarHead,
    options: { readonly epsilon: number },
  ) {
    this.#named = new Map([...adapterParameters(adapter), ["value.weight", head.weight], ["value.bias", head.bias]]);
    this.parameters = [...this.#named.values()];
    this.optimiser = new AdamW(this.parameters, { weightDecay: 0, epsilon: options.epsilon });
  }

  /** Gradients in the order of `parameters`. */
  flat({ gradients, head }: Pick<PolicyGradients<unknown>, "gradients" | "head">): Float32Array[] {
    return [...adapterGradients(this.adapter, gradients), head.weight, head.bias];
  }

  /** Weights and moments, by name. */
  state(): ReadonlyMap<string, Float32Array> {
    return trainingState(this.#named, this.optimiser);
  }
}
