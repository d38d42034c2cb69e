import { gemmFlags, type Kernels, type Tensor } from "../kernels";
import type { Linear } from "../layers/linear";

/**
 * ReLU([A ; B] W + b): the layer that joins an embedding with a projected profile (Eq. 2).
 *
 * The rows of W [2d, d] that meet A and those that meet B are applied in turn, so nothing is concatenated.
 */
export class FusionApplication {
  /** [n, d] */
  readonly output: Tensor;

  constructor(
    readonly kernels: Kernels,
    readonly layer: Linear,
    readonly a: Tensor,
    readonly b: Tensor,
  ) {
    this.output = kernels.tensor(a.rows, a.cols);
  }

  forward(rows: number): void {
    const { kernels, layer, a, b, output } = this;
    const d = output.cols;
    const { value } = layer.weight;
    const joined = gemmFlags.accumulate | gemmFlags.rectify;
    kernels.run.gemm(a.address, value.address, output.address, rows, d, d, layer.bias.value.address, 0);
    kernels.run.gemm(b.address, kernels.rowsOf(value, d, d).address, output.address, rows, d, d, 0, joined);
  }

  /** Adds the layer's gradients and dA, and overwrites dB, given the gradient of the output, which it rectifies. */
  backward(dOutput: Tensor, dA: Tensor, dB: Tensor, rows: number): void {
    const { kernels, layer, a, b, output } = this;
    const { run } = kernels;
    const d = output.cols;
    const { value, gradient } = layer.weight;
    run.rectifyBackward(output.address, dOutput.address, rows * d);
    run.addColumnSums(dOutput.address, layer.bias.gradient.address, rows, d);
    run.gemmTransposedA(a.address, dOutput.address, gradient.address, rows, d, d);
    run.gemmTransposedA(b.address, dOutput.address, kernels.rowsOf(gradient, d, d).address, rows, d, d);
    const turned = layer.turned.address;
    run.transpose(value.address, turned, d, d);
    run.gemm(dOutput.address, turned, dA.address, rows, d, d, 0, gemmFlags.accumulate);
    run.transpose(kernels.rowsOf(value, d, d).address, turned, d, d);
    run.gemm(dOutput.address, turned, dB.address, rows, d, d, 0, 0);
  }
}
