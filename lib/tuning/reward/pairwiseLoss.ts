/** The reward model's loss over P pairs. */
export interface PairwiseLoss {
  /** Mean of -log sigmoid(r_c - r_r), in nats; log 2 where the model cannot tell the two apart. */
  readonly loss: number;
  /** Pairs whose chosen score is the higher one; a tie is not right. */
  readonly right: number;
  /** [P] d loss / d r_c; d loss / d r_r is its negative. */
  readonly derivatives: Float32Array;
}

/**
 * The pairwise loss of a reward model over scores [P] of chosen and rejected answers (RecLM, Eq. 6; Bradley and Terry 1952).
 *
 * -log sigmoid(x) is taken as max(-x, 0) + log(1 + exp(-|x|)), which neither overflows nor loses digits. Throws a RangeError
 * for an empty list and for lists of different lengths.
 *
 * @example pairwiseLoss([2], [0]) // loss 0.1269, derivatives [-0.1192]
 */
export function pairwiseLoss(chosen: ArrayLike<number>, rejected: ArrayLike<number>): PairwiseLoss {
  const count = chosen.length;
  if (count === 0) throw new RangeError("Cannot take a pairwise loss: there is no pair");
  if (rejected.length !== count) {
    throw new RangeError(`Cannot take a pairwise loss: ${count} chosen scores, ${rejected.length} rejected`);
  }
  const derivatives = new Float32Array(count);
  let loss = 0;
  let right = 0;
  for (let p = 0; p < count; p++) {
    const margin = chosen[p]! - rejected[p]!;
    loss += Math.max(-margin, 0) + Math.log1p(Math.exp(-Math.abs(margin)));
    derivatives[p] = -preference(-margin) / count;
    if (margin > 0) right += 1;
  }
  return { loss: loss / count, right, derivatives };
}

/** Probability, 0..1, that the answer with the higher score by `margin` is the preferred one: the logistic function. */
export function preference(margin: number): number {
  const small = Math.exp(-Math.abs(margin));
  return (margin < 0 ? small : 1) / (1 + small);
}
