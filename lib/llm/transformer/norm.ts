import type { Handle, Scope } from "./device";
import { add, meanLast, mul, rsqrt, square, sub } from "./ops";

/** What the backward pass of an RMS norm needs. */
export interface NormSaved {
  /** [N, E]: x / rms(x) */
  readonly normalised: Handle;
  /** [N, 1]: 1 / rms(x) */
  readonly inverse: Handle;
}

/** y = x / sqrt(mean(x^2) + epsilon) * weight for x [N, E], weight [E] and a scalar epsilon. */
export function rmsNormForward(
  s: Scope,
  x: Handle,
  weight: Handle,
  epsilon: Handle,
): { readonly y: Handle; readonly saved: NormSaved } {
  const squares = square(s, x);
  const mean = meanLast(s, squares);
  const shifted = add(s, mean, epsilon);
  const inverse = rsqrt(s, shifted);
  const normalised = mul(s, x, inverse);
  s.free(squares, mean, shifted);
  return { y: mul(s, normalised, weight), saved: { normalised, inverse } };
}

/** dx = inverse * (g - normalised * mean(g * normalised)) with g = dy * weight. */
export function rmsNormBackward(s: Scope, saved: NormSaved, weight: Handle, dy: Handle): Handle {
  const g = mul(s, dy, weight);
  const product = mul(s, g, saved.normalised);
  const mean = meanLast(s, product);
  const along = mul(s, saved.normalised, mean);
  const across = sub(s, g, along);
  const dx = mul(s, across, saved.inverse);
  s.free(g, product, mean, along, across);
  return dx;
}
