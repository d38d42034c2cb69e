import type { Batch, BuildContext } from "../definition";
import type { PairLoss } from "../dotModel";
import type { Tensor } from "../kernels";

/**
 * LightGCN's penalty, (weight / 2B) sum over triples of |x_u|^2 + |e_i|^2 + |e_j|^2: of the vectors that enter the graph,
 * as often as the batch names them (gusye1234/LightGCN-PyTorch, bpr_loss).
 */
export function batchPenalty({ regularisation }: BuildContext, rowOfItem: Int32Array): PairLoss {
  return {
    run({ users, positives, negatives }: Batch, h: Tensor, z: Tensor, dH: Tensor, dZ: Tensor): number {
      const by = regularisation / users.length;
      const [ofUsers, ofItems] = [adder(h, dH, by), adder(z, dZ, by)] as const;
      let squares = 0;
      for (const user of users) squares += ofUsers(user);
      for (const item of positives) squares += ofItems(rowOfItem[item]!);
      for (const item of negatives) squares += ofItems(rowOfItem[item]!);
      return (by / 2) * squares;
    },
  };
}

/** Adds by * row to a row's gradient and returns the row's sum of squares. */
function adder(vectors: Tensor, gradients: Tensor, by: number): (row: number) => number {
  const [values, sums, d] = [vectors.data, gradients.data, vectors.cols] as const;
  return (row) => {
    let squares = 0;
    for (let at = row * d; at < (row + 1) * d; at++) {
      squares += values[at]! * values[at]!;
      sums[at]! += by * values[at]!;
    }
    return squares;
  };
}
