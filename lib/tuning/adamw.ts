/** Constants of AdamW. */
export interface AdamWOptions {
  /** @default 0.9 */
  readonly beta1?: number;
  /** @default 0.999 */
  readonly beta2?: number;
  /** @default 1e-8 */
  readonly epsilon?: number;
  /** Decoupled: each step also multiplies the parameters by 1 - learningRate * weightDecay. */
  readonly weightDecay: number;
}

/**
 * Adam with decoupled weight decay and bias correction (Loshchilov and Hutter 2019), equal to torch.optim.AdamW.
 *
 * Parameters, gradients and moments are lists of arrays in one order; parameters change in place.
 */
export class AdamW {
  /** Steps done. */
  step = 0;
  readonly firstMoments: readonly Float32Array[];
  readonly secondMoments: readonly Float32Array[];
  readonly #parameters: readonly Float32Array[];
  readonly #options: Required<AdamWOptions>;

  constructor(parameters: readonly Float32Array[], options: AdamWOptions) {
    this.#parameters = parameters;
    this.#options = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, ...options };
    this.firstMoments = parameters.map((values) => new Float32Array(values.length));
    this.secondMoments = parameters.map((values) => new Float32Array(values.length));
  }

  /** One update from gradients in the parameters' order. */
  update(gradients: readonly Float32Array[], learningRate: number): void {
    if (gradients.length !== this.#parameters.length) {
      throw new RangeError(`Cannot update ${this.#parameters.length} parameters from ${gradients.length} gradients`);
    }
    this.step += 1;
    gradients.forEach((gradient, p) => this.#updateOne(p, gradient, learningRate));
  }

  #updateOne(p: number, gradient: Float32Array, learningRate: number): void {
    const { beta1, beta2, epsilon, weightDecay } = this.#options;
    const values = this.#parameters[p]!;
    const first = this.firstMoments[p]!;
    const second = this.secondMoments[p]!;
    if (gradient.length !== values.length) {
      throw new RangeError(
        `Cannot update parameter ${p}: it has ${values.length} values, its gradient ${gradient.length}`,
      );
    }
    const stepSize = learningRate / (1 - beta1 ** this.step);
    const correction = Math.sqrt(1 - beta2 ** this.step);
    const shrink = 1 - learningRate * weightDecay;
    for (let i = 0; i < values.length; i++) {
      const g = gradient[i]!;
      const m = first[i]! + (1 - beta1) * (g - first[i]!);
      const v = beta2 * second[i]! + (1 - beta2) * g * g;
      first[i] = m;
      second[i] = v;
      values[i] = values[i]! * shrink - (stepSize * m) / (Math.sqrt(v) / correction + epsilon);
    }
  }
}
