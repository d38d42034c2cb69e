import type { Tensor2D } from "@tensorflow/tfjs-node-gpu";
import type { Matrix } from "../../core";
import { loadTf, type Tf } from "../../core/tf";
import type { Kernels, Tensor } from "../kernels";
import { applyLinear, type Linear, linearWeightBackward } from "./linear";

/** A linear layer's inputs that never change: texts or profiles [n, k]. */
export interface FixedInputs {
  /** Y = ReLU(X W + b) for the first `rows` rows. */
  forward(layer: Linear, y: Tensor, rows: number): void;
  /** Adds the gradients of W and b, given that of X W + b. */
  backward(layer: Linear, dY: Tensor, rows: number): void;
}

/** Below this many products (30 ms of the kernels) TensorFlow's start and copies cost more than its threads save. */
const worthTensorFlow = 1e8;

/** The faster way for inputs of this size; the same for the same sizes, so that a training repeats. */
export function fixedInputsOf(kernels: Kernels, inputs: Matrix, width: number): FixedInputs {
  const products = inputs.rows * inputs.cols * width;
  return products >= worthTensorFlow ? new TensorFlowInputs(kernels, inputs) : new KernelInputs(kernels, inputs);
}

/** By the project's own kernels, one thread. */
class KernelInputs implements FixedInputs {
  readonly #x: Tensor;

  constructor(
    readonly kernels: Kernels,
    inputs: Matrix,
  ) {
    this.#x = kernels.tensor(inputs.rows, inputs.cols, inputs);
  }

  forward(layer: Linear, y: Tensor, rows: number): void {
    applyLinear(this.kernels, layer, this.#x, y, rows, true);
  }

  backward(layer: Linear, dY: Tensor, rows: number): void {
    linearWeightBackward(this.kernels, layer, this.#x, dY, rows);
  }
}

/** Frees what a dropped object kept outside JavaScript's memory. */
const dropped = new FinalizationRegistry<Tensor2D>((tensor) => tensor.dispose());

/** By TensorFlow, whose products are threaded. */
class TensorFlowInputs implements FixedInputs {
  readonly #tf: Tf = loadTf();
  readonly #x: Tensor2D;

  constructor(
    readonly kernels: Kernels,
    { data, rows, cols }: Matrix,
  ) {
    this.#x = this.#tf.keep(this.#tf.tensor2d(data, [rows, cols]));
    dropped.register(this, this.#x);
  }

  forward({ weight, bias }: Linear, y: Tensor, rows: number): void {
    const tf = this.#tf;
    const sums = tf.tidy(() => {
      const product = tf.matMul<Tensor2D>(this.#first(rows), this.#matrix(weight.value, weight.value.rows));
      return tf.relu(product.add<Tensor2D>(this.#matrix(bias.value, 1)));
    });
    y.data.set(sums.dataSync<"float32">());
    sums.dispose();
  }

  backward({ weight, bias }: Linear, dY: Tensor, rows: number): void {
    const tf = this.#tf;
    const product = tf.tidy(() => tf.matMul<Tensor2D>(this.#first(rows), this.#matrix(dY, rows), true));
    const [sums, values] = [weight.gradient.data, product.dataSync<"float32">()];
    for (let at = 0; at < values.length; at++) sums[at]! += values[at]!;
    product.dispose();
    this.kernels.run.addColumnSums(dY.address, bias.gradient.address, rows, dY.cols);
  }

  #first(rows: number): Tensor2D {
    const [all, cols] = this.#x.shape;
    return rows === all ? this.#x : this.#tf.slice2d(this.#x, [0, 0], [rows, cols]);
  }

  /** A copy of the first rows: the kernels' memory may move. */
  #matrix({ data, cols }: Tensor, rows: number): Tensor2D {
    return this.#tf.tensor2d(data.slice(0, rows * cols), [rows, cols]);
  }
}
