/** Constants of generalised advantage estimation. */
export interface GaeOptions {
  /** Discount a token, 0..1. */
  readonly gamma: number;
  /** 0: one-step differences; 1: returns minus values. */
  readonly gaeLambda: number;
}

/** What GAE makes of one response. */
export interface Advantages {
  /** [T] */
  readonly advantages: Float32Array;
  /** [T] advantages + values: what the value head should say. */
  readonly returns: Float32Array;
}

/**
 * Generalised advantage estimation over one response (Schulman et al. 2016): A_t = delta_t + gamma lambda A_(t+1),
 * delta_t = r_t + gamma V_(t+1) - V_t.
 *
 * `values[t]` is that of the state before token t; after the last token it is 0 (TRL 0.7.9, `compute_advantages`).
 *
 * @example gae([0, 1], [0.5, 0.5], { gamma: 1, gaeLambda: 1 }) // advantages [0.5, 0.5], returns [1, 1]
 */
export function gae(
  rewards: ArrayLike<number>,
  values: ArrayLike<number>,
  { gamma, gaeLambda }: GaeOptions,
): Advantages {
  const count = rewards.length;
  if (values.length !== count) {
    throw new RangeError(`Cannot estimate advantages of ${count} tokens: ${values.length} values are given`);
  }
  const advantages = new Float32Array(count);
  const returns = new Float32Array(count);
  let following = 0;
  let nextValue = 0;
  for (let t = count - 1; t >= 0; t--) {
    const value = values[t]!;
    following = rewards[t]! + gamma * nextValue - value + gamma * gaeLambda * following;
    nextValue = value;
    advantages[t] = following;
    returns[t] = following + value;
  }
  return { advantages, returns };
}
