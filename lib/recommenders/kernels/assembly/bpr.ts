/**
 * Bayesian personalised ranking of `count` triples (user, positive, negative): returns sum of softplus(-x) / nominal,
 * x = <h_u, z_p - z_n>, and adds its gradients to dH and dZ. Rows of H and Z have m numbers, m a multiple of 4;
 * `rowOf` turns item numbers into rows of Z.
 */
export function bpr(
  users: usize,
  positives: usize,
  negatives: usize,
  rowOf: usize,
  count: i32,
  h: usize,
  z: usize,
  dH: usize,
  dZ: usize,
  m: i32,
  nominal: f64,
): f64 {
  const bytes = (<usize>m) << 2;
  let loss: f64 = 0;
  for (let t: i32 = 0; t < count; t++) {
    const place = (<usize>t) << 2;
    const u = <usize>load<i32>(users + place) * bytes;
    const p = <usize>load<i32>(rowOf + ((<usize>load<i32>(positives + place)) << 2)) * bytes;
    const n = <usize>load<i32>(rowOf + ((<usize>load<i32>(negatives + place)) << 2)) * bytes;
    let dots = f32x4.splat(0);
    for (let c: usize = 0; c < bytes; c += 16) {
      dots = f32x4.add(dots, f32x4.mul(v128.load(h + u + c), f32x4.sub(v128.load(z + p + c), v128.load(z + n + c))));
    }
    const x =
      <f64>f32x4.extract_lane(dots, 0) +
      <f64>f32x4.extract_lane(dots, 1) +
      (<f64>f32x4.extract_lane(dots, 2) + <f64>f32x4.extract_lane(dots, 3));
    const decay = Math.exp(-Math.abs(x));
    loss += Math.max(-x, 0) + Math.log1p(decay);
    const slope = x >= 0 ? decay / (1 + decay) : 1 / (1 + decay);
    const g = f32x4.splat(<f32>(-slope / nominal));
    for (let c: usize = 0; c < bytes; c += 16) {
      const step = f32x4.mul(g, v128.load(h + u + c));
      const between = f32x4.sub(v128.load(z + p + c), v128.load(z + n + c));
      v128.store(dH + u + c, f32x4.add(v128.load(dH + u + c), f32x4.mul(g, between)));
      v128.store(dZ + p + c, f32x4.add(v128.load(dZ + p + c), step));
      v128.store(dZ + n + c, f32x4.sub(v128.load(dZ + n + c), step));
    }
  }
  return loss / nominal;
}
