/** What one token of a response brings to the value loss: [T] each. */
export interface ValueTokens {
  /** What the head says now. */
  readonly values: ArrayLike<number>;
  /** What it said when the response was drawn. */
  readonly oldValues: ArrayLike<number>;
  readonly returns: ArrayLike<number>;
}

/** The clipped value loss; every mean is over tokens. */
export interface ValueLoss {
  readonly loss: number;
  /** [T] d loss / d value. */
  readonly derivatives: Float32Array;
  /** Share of tokens whose gradient the clip took away. */
  readonly clipShare: number;
}

/**
 * Half the mean of max((V - R)^2, (V_clip - R)^2), V_clip within +-valueClipCoef of the old value (TRL 0.7.9, `loss`), with its
 * derivatives; `tokens` as in `policyLoss`.
 */
export function valueLoss(
  { values, oldValues, returns }: ValueTokens,
  { valueClipCoef, tokens = values.length }: { readonly valueClipCoef: number; readonly tokens?: number },
): ValueLoss {
  const derivatives = new Float32Array(values.length);
  let loss = 0;
  let clippedTokens = 0;
  for (let t = 0; t < values.length; t++) {
    const old = oldValues[t]!;
    const error = values[t]! - returns[t]!;
    const clipped = Math.min(Math.max(values[t]!, old - valueClipCoef), old + valueClipCoef) - returns[t]!;
    if (clipped ** 2 > error ** 2) clippedTokens += 1;
    else derivatives[t] = error / tokens;
    loss += Math.max(error ** 2, clipped ** 2) / 2;
  }
  return { loss: loss / tokens, derivatives, clipShare: clippedTokens / tokens };
}
