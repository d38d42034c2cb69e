/** How klCoef goes on from step to step. */
export type KlControl =
  | { readonly kind: "fixed" }
  | {
      readonly kind: "adaptive";
      /** Sequence KL that the coefficient steers to, in nats. */
      readonly target: number;
      /** Responses over which an error of 20% moves the coefficient by about 20%; above a fifth of a step's, which would make it 0. */
      readonly horizon: number;
    };

/** What the relative error of the sequence KL is clipped to. */
export const largestKlError = 0.2;

/**
 * The next step's klCoef: unchanged, or times 1 + clip(sequenceKl / target - 1, +-0.2) * responses / horizon (Ziegler et al.
 * 2019, Eq. 9-10; TRL 0.7.9, `AdaptiveKLController`).
 *
 * @example nextKlCoef({ kind: "adaptive", target: 6, horizon: 10000 }, 0.2, { sequenceKl: 9, responses: 64 }) // 0.200256
 */
export function nextKlCoef(
  control: KlControl,
  klCoef: number,
  { sequenceKl, responses }: { readonly sequenceKl: number; readonly responses: number },
): number {
  if (control.kind === "fixed") return klCoef;
  const error = Math.min(largestKlError, Math.max(-largestKlError, sequenceKl / control.target - 1));
  return klCoef * (1 + (error * responses) / control.horizon);
}
