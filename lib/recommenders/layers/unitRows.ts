import type { Kernels, Tensor } from "../kernels";

/** Rows divided by their Euclidean length, as torch.nn.functional.normalize. */
export class UnitRows {
  readonly #lengths: Tensor;
  /** [n, d] */
  readonly output: Tensor;

  constructor(
    readonly kernels: Kernels,
    readonly input: Tensor,
  ) {
    this.#lengths = kernels.tensor(input.rows, 1);
    this.output = kernels.tensor(input.rows, input.cols);
  }

  forward(rows: number): void {
    const { input, output } = this;
    this.kernels.run.normaliseRows(input.address, output.address, this.#lengths.address, rows, input.cols);
  }

  /** Turns the gradient of the output into that of the input, in place. */
  backward(gradient: Tensor, rows: number): void {
    const { output } = this;
    this.kernels.run.normaliseRowsBackward(output.address, this.#lengths.address, gradient.address, rows, output.cols);
  }
}
