import { exponentialSums, type Kernels, type Tensor } from "../kernels";

/** M anchors A against N candidates E, what weighs each anchor, and where the results are written. */
export interface SoftmaxProblem {
  readonly temperature: number;
  /** A [M, d], of which the first `anchors` rows are used. */
  readonly a: Tensor;
  readonly anchors: number;
  /** E [N, d], of which the first `candidates` rows are used. */
  readonly e: Tensor;
  readonly candidates: number;
  /** [M] */
  readonly weights: Float32Array;
  /** Z [M] */
  readonly z: Tensor;
  /** [M, d] */
  readonly means: Tensor;
  /** [N, d] */
  readonly dE: Tensor;
}

/**
 * The sums of an InfoNCE's denominators, and its gradients: for P = exp(A E' / temperature) writes Z, the sums of P's rows,
 * and the means P E / Z, and adds P' diag(weight / Z) A to dE.
 *
 * P is made twice, by rows and by columns, and never kept.
 */
export class SoftmaxSums {
  readonly #scaled: Tensor;
  readonly #columns: Tensor;

  /** For at most `anchors` anchors and `candidates` candidates of `width` numbers. */
  constructor(kernels: Kernels, anchors: number, candidates: number, width: number) {
    this.#scaled = kernels.tensor(anchors, width);
    this.#columns = kernels.tensor(candidates, 1);
  }

  run({ temperature, a, anchors, e, candidates, weights, z, means, dE }: SoftmaxProblem): void {
    means.data.fill(0);
    const [left, right] = [
      { tensor: a, rows: anchors },
      { tensor: e, rows: candidates },
    ] as const;
    exponentialSums({ x: left, y: right, values: e, temperature, out: means, sums: z });
    divideRows(means.data, z.data, a.data, weights, this.#scaled.data, anchors);
    exponentialSums({ x: right, y: left, values: this.#scaled, temperature, out: dE, sums: this.#columns });
  }
}

/** means /= z, and scaled = a * weight / z, for the first `rows` rows. */
function divideRows(
  means: Float32Array,
  z: Float32Array,
  a: Float32Array,
  weights: Float32Array,
  scaled: Float32Array,
  rows: number,
): void {
  const d = means.length / z.length;
  for (let r = 0; r < rows; r++) {
    const by = 1 / z[r]!;
    for (let c = r * d; c < (r + 1) * d; c++) {
      means[c]! *= by;
      scaled[c] = a[c]! * weights[r]! * by;
    }
  }
}
