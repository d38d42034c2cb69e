import { type Matrix, matrixOf } from "../../core";
import type { Batch, BuildContext } from "../definition";
import type { PairLoss } from "../dotModel";
import type { Tensor } from "../kernels";
import type { Parameter } from "../parameters";
import type { Vectors } from "../scoring/scoring";

/**
 * Koren's biased matrix factorisation on pairs: (1/B) sum of (1 - s(u, i))^2 + (0 - s(u, j))^2 for
 * s(u, i) = 1/2 + b_u + b_i + <h_u, z_i>, and the L2 penalty of the biases that the batch names.
 */
export class SquaredLoss implements PairLoss {
  readonly #userBias: Parameter;
  readonly #itemBias: Parameter;

  constructor(
    readonly context: BuildContext,
    readonly rowOfItem: Int32Array,
  ) {
    const { parameters, set } = context;
    const biases = (name: string, count: number): Parameter =>
      parameters.create(name, Math.ceil(count / 4) * 4, 1, () => 0);
    this.#userBias = biases("userBias", set.userCount);
    this.#itemBias = biases("itemBias", set.itemCount);
  }

  run({ users, positives, negatives }: Batch, h: Tensor, z: Tensor, dH: Tensor, dZ: Tensor): number {
    const rate = this.context.regularisation;
    const count = users.length;
    const [ofUsers, ofItems] = [this.#userBias, this.#itemBias];
    const [bu, bi, dBu, dBi] = [ofUsers.value.data, ofItems.value.data, ofUsers.gradient.data, ofItems.gradient.data];
    const [x, y, dX, dY, d] = [h.data, z.data, dH.data, dZ.data, h.cols] as const;
    let loss = 0;
    const pull = (user: number, item: number, rating: number): void => {
      const [p, q] = [user * d, this.rowOfItem[item]! * d] as const;
      let score = 0.5 + bu[user]! + bi[item]!;
      for (let c = 0; c < d; c++) score += x[p + c]! * y[q + c]!;
      const error = score - rating;
      const slope = (2 * error) / count;
      for (let c = 0; c < d; c++) {
        dX[p + c]! += slope * y[q + c]!;
        dY[q + c]! += slope * x[p + c]!;
      }
      dBu[user]! += slope;
      dBi[item]! += slope + (rate * bi[item]!) / count;
      loss += error * error + (rate / 2) * bi[item]! * bi[item]!;
    };
    for (let t = 0; t < count; t++) {
      const user = users[t]!;
      pull(user, positives[t]!, 1);
      pull(user, negatives[t]!, 0);
      dBu[user]! += (rate * bu[user]!) / count;
      loss += (rate / 2) * bu[user]! * bu[user]!;
    }
    return loss / count;
  }

  /** The item bias becomes one more number of the item's vector; the user's, which orders nothing, is left out. */
  finish(users: Matrix, items: Matrix): Vectors {
    return withItemBias(users, items, this.#itemBias.value.data);
  }
}

/** Vectors whose inner product has the item's bias in it. */
export function withItemBias(users: Matrix, items: Matrix, bias: Float32Array): Vectors {
  return { users: widened(users, () => 1), items: widened(items, (item) => bias[item]!) };
}

/** The column of the items' biases, where vectors have one (`withItemBias`): every user's number there is 1, with zeros after it. */
export function itemBiasColumn({ rows, cols, data }: Matrix): number | undefined {
  const first = cols - 4;
  const isWidened = (row: number): boolean =>
    [1, 0, 0, 0].every((number, c) => data[row * cols + first + c] === number);
  const all = Array.from({ length: rows }, (_, row) => row);
  return rows > 0 && first > 0 && all.every(isWidened) ? first : undefined;
}

/** Four more columns: the given number and zeros, so that the width stays a multiple of four. */
function widened(matrix: Matrix, extra: (row: number) => number): Matrix {
  const wide = matrixOf(matrix.rows, matrix.cols + 4);
  for (let r = 0; r < matrix.rows; r++) {
    wide.data.set(matrix.data.subarray(r * matrix.cols, (r + 1) * matrix.cols), r * wide.cols);
    wide.data[r * wide.cols + matrix.cols] = extra(r);
  }
  return wide;
}
