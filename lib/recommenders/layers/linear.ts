import { gemmFlags, type Kernels, type Tensor } from "../kernels";
import { linearDefault, type Parameter } from "../parameters";
import type { BuildContext } from "../definition";

/** Weight [in, out] (PyTorch's transposed) and bias [1, out] of a linear layer. */
export interface Linear {
  readonly weight: Parameter;
  readonly bias: Parameter;
  /** [out, in] scratch for the backward pass. */
  readonly turned: Tensor;
}

/** A linear layer with PyTorch's default start. */
export function linearOf(
  { parameters, kernels, prng }: BuildContext,
  name: string,
  inputs: number,
  outputs: number,
): Linear {
  const draw = linearDefault(prng(name), inputs);
  const weight = parameters.create(`${name}.weight`, inputs, outputs, draw);
  const bias = parameters.create(`${name}.bias`, 1, outputs, draw);
  return { weight, bias, turned: kernels.tensor(outputs, inputs) };
}

/** Y = X W + b, rectified if asked, for the first `rows` rows. */
export function applyLinear(
  kernels: Kernels,
  layer: Linear,
  x: Tensor,
  y: Tensor,
  rows: number,
  rectified: boolean,
): void {
  const { value } = layer.weight;
  const flags = rectified ? gemmFlags.rectify : 0;
  kernels.run.gemm(x.address, value.address, y.address, rows, value.rows, value.cols, layer.bias.value.address, flags);
}

/** Adds the gradients of weight and bias, given X and the gradient of Y. */
export function linearWeightBackward(kernels: Kernels, layer: Linear, x: Tensor, dY: Tensor, rows: number): void {
  const { gradient } = layer.weight;
  kernels.run.gemmTransposedA(x.address, dY.address, gradient.address, rows, gradient.rows, gradient.cols);
  kernels.run.addColumnSums(dY.address, layer.bias.gradient.address, rows, gradient.cols);
}

/** The gradient of X from that of Y. */
export function linearInputBackward(kernels: Kernels, layer: Linear, dY: Tensor, dX: Tensor, rows: number): void {
  const { value } = layer.weight;
  kernels.run.transpose(value.address, layer.turned.address, value.rows, value.cols);
  kernels.run.gemm(dY.address, layer.turned.address, dX.address, rows, value.cols, value.rows, 0, 0);
}
