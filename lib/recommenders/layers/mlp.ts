import type { Matrix } from "../../core";
import type { BuildContext } from "../definition";
import { denseBackward, denseForward, type Kernels, type Tensor } from "../kernels";
import { applyLinear, type Linear, linearInputBackward, linearOf, linearWeightBackward } from "./linear";

/** Linear - ReLU - Linear: the paper's projection of a text or profile embedding (Eq. 1). */
export interface Mlp {
  readonly hidden: Linear;
  readonly output: Linear;
}

/** Makes the parameters of an MLP from [n, inputs] to [n, d]: `name.0` and `name.2`, each with weight and bias. */
export function mlpOf(context: BuildContext, name: string, inputs: number): Mlp {
  const { width } = context;
  return {
    hidden: linearOf(context, `${name}.0`, inputs, width),
    output: linearOf(context, `${name}.2`, width, width),
  };
}

/** An MLP applied to fixed inputs: several applications may share one MLP. */
export class MlpApplication {
  readonly #hidden: Tensor;
  readonly #dHidden: Tensor;
  /** [n, d] */
  readonly output: Tensor;
  readonly #kernels: Kernels;

  constructor(
    { kernels, width }: BuildContext,
    readonly mlp: Mlp,
    readonly inputs: Matrix,
  ) {
    this.#kernels = kernels;
    this.#hidden = kernels.tensor(inputs.rows, width);
    this.#dHidden = kernels.tensor(inputs.rows, width);
    this.output = kernels.tensor(inputs.rows, width);
  }

  /** Outputs of the first `rows` inputs. */
  forward(rows: number): void {
    const { weight, bias } = this.mlp.hidden;
    denseForward({ x: this.inputs, rows }, weight.value, bias.value, this.#hidden);
    applyLinear(this.#kernels, this.mlp.output, this.#hidden, this.output, rows, false);
  }

  /** Adds the gradients of the MLP's parameters, given the gradient of the first `rows` outputs. */
  backward(dOutput: Tensor, rows: number): void {
    const kernels = this.#kernels;
    linearWeightBackward(kernels, this.mlp.output, this.#hidden, dOutput, rows);
    linearInputBackward(kernels, this.mlp.output, dOutput, this.#dHidden, rows);
    kernels.run.rectifyBackward(this.#hidden.address, this.#dHidden.address, rows * this.#hidden.cols);
    const { weight, bias } = this.mlp.hidden;
    denseBackward({ x: this.inputs, rows }, this.#dHidden, weight.gradient, bias.gradient);
  }
}
