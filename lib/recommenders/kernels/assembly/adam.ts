/**
 * One Adam step over `count` numbers (a multiple of 4) for the gradient plus that of reg * sum of squares; clears the
 * gradient and returns the sum of squares before the step. `rate` is lr / (1 - beta1^t), `root` is sqrt(1 - beta2^t).
 */
export function adam(
  value: usize,
  gradient: usize,
  first: usize,
  second: usize,
  count: i32,
  rate: f32,
  root: f32,
  beta1: f32,
  beta2: f32,
  epsilon: f32,
  reg: f32,
): f64 {
  const end = (<usize>count) << 2;
  const b1 = f32x4.splat(beta1);
  const b2 = f32x4.splat(beta2);
  const a1 = f32x4.splat(1 - beta1);
  const a2 = f32x4.splat(1 - beta2);
  const small = f32x4.splat(epsilon);
  const decay = f32x4.splat(2 * reg);
  const step = f32x4.splat(rate);
  const scale = f32x4.splat(1 / root);
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  for (let i: usize = 0; i < end; i += 16) {
    const w = v128.load(value + i);
    const squares = f32x4.mul(w, w);
    low = f64x2.add(low, f64x2.promote_low_f32x4(squares));
    high = f64x2.add(high, f64x2.promote_low_f32x4(v128.shuffle<i32>(squares, squares, 2, 3, 2, 3)));
    const g = f32x4.add(v128.load(gradient + i), f32x4.mul(decay, w));
    const m = f32x4.add(f32x4.mul(b1, v128.load(first + i)), f32x4.mul(a1, g));
    const v = f32x4.add(f32x4.mul(b2, v128.load(second + i)), f32x4.mul(a2, f32x4.mul(g, g)));
    v128.store(first + i, m);
    v128.store(second + i, v);
    v128.store(gradient + i, f32x4.splat(0));
    const spread = f32x4.add(f32x4.mul(f32x4.sqrt(v), scale), small);
    v128.store(value + i, f32x4.sub(w, f32x4.mul(step, f32x4.div(m, spread))));
  }
  const both = f64x2.add(low, high);
  return f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1);
}
