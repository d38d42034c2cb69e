/** Euclidean norm of all gradients together. */
export function globalNorm(gradients: readonly Float32Array[]): number {
  let squares = 0;
  for (const gradient of gradients) for (const value of gradient) squares += value * value;
  return Math.sqrt(squares);
}

/**
 * Gradients scaled in place so that their global norm is at most `maxGradNorm`; returns the norm before
 * (torch.nn.utils.clip_grad_norm_, with its 1e-6 in the denominator).
 */
export function clipGlobalNorm(gradients: readonly Float32Array[], maxGradNorm: number): number {
  if (!(maxGradNorm > 0)) throw new RangeError(`Cannot clip gradients to norm ${maxGradNorm}: it must be above 0`);
  const norm = globalNorm(gradients);
  const scale = maxGradNorm / (norm + 1e-6);
  if (scale < 1) {
    for (const gradient of gradients) for (let i = 0; i < gradient.length; i++) gradient[i]! *= scale;
  }
  return norm;
}
