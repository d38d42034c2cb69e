import type { Prng } from "../core";
import type { Kernels, Tensor } from "./kernels";

/** A trained matrix with its gradient and Adam's two moments. */
export interface Parameter {
  readonly name: string;
  readonly value: Tensor;
  readonly gradient: Tensor;
  readonly first: Tensor;
  readonly second: Tensor;
}

/** Adam's settings (Kingma and Ba, 2015), with PyTorch's defaults but for the L2 penalty. */
export interface AdamSettings {
  readonly learningRate: number;
  /** reg * sum of squares of every parameter joins the loss. */
  readonly regularisation: number;
}

const beta1 = 0.9;
const beta2 = 0.999;
const epsilon = 1e-8;

/** The parameters of one training, and their optimiser. */
export class ParameterStore {
  readonly #parameters: Parameter[] = [];
  #steps = 0;

  constructor(readonly kernels: Kernels) {}

  /** A new parameter [rows, cols] with values from `draw`, in row order; its size must be a multiple of 4. */
  create(name: string, rows: number, cols: number, draw: () => number): Parameter {
    if ((rows * cols) % 4 !== 0) {
      throw new RangeError(`Cannot make parameter "${name}": ${rows} x ${cols} is not a multiple of 4`);
    }
    if (this.#parameters.some((other) => other.name === name)) {
      throw new RangeError(`Cannot make parameter "${name}": there is one of that name`);
    }
    const fresh = (): Tensor => this.kernels.tensor(rows, cols);
    const parameter = { name, value: fresh(), gradient: fresh(), first: fresh(), second: fresh() };
    const data = parameter.value.data;
    for (let i = 0; i < data.length; i++) data[i] = draw();
    this.#parameters.push(parameter);
    return parameter;
  }

  get all(): readonly Parameter[] {
    return this.#parameters;
  }

  get(name: string): Parameter {
    const found = this.#parameters.find((parameter) => parameter.name === name);
    if (!found) {
      const names = this.#parameters.map((parameter) => parameter.name).join(", ");
      throw new RangeError(`Cannot find parameter "${name}": there are ${names}`);
    }
    return found;
  }

  /** One Adam step on all parameters; clears the gradients and returns the L2 penalty before the step. */
  step({ learningRate, regularisation }: AdamSettings): number {
    this.#steps += 1;
    const rate = learningRate / (1 - beta1 ** this.#steps);
    const root = Math.sqrt(1 - beta2 ** this.#steps);
    let squares = 0;
    for (const { value, gradient, first, second } of this.#parameters) {
      const places = [value.address, gradient.address, first.address, second.address] as const;
      const count = value.rows * value.cols;
      squares += this.kernels.run.adam(...places, count, rate, root, beta1, beta2, epsilon, regularisation);
    }
    return regularisation * squares;
  }
}

/** Uniform on [low, high). */
export function uniform(prng: Prng, low: number, high: number): () => number {
  return () => low + (high - low) * prng();
}

/** Xavier's uniform on +-sqrt(6 / (in + out)) (Glorot and Bengio, 2010). */
export function xavierUniform(prng: Prng, rows: number, cols: number): () => number {
  const bound = Math.sqrt(6 / (rows + cols));
  return uniform(prng, -bound, bound);
}

/** PyTorch's default for weight and bias of a linear layer: uniform on +-1 / sqrt(in). */
export function linearDefault(prng: Prng, inputs: number): () => number {
  const bound = 1 / Math.sqrt(inputs);
  return uniform(prng, -bound, bound);
}
