// Parts of the contrastive losses: exponentials of a block of scaled cosines, and SimGCL's noise.
import { laneSum } from "./rows";

// Cephes' expf on four lanes: 2^n times a polynomial of the rest; relative error about 1e-7.
function exp4(x: v128): v128 {
  const low = f32x4.max(x, f32x4.splat(-87));
  const n = f32x4.nearest(f32x4.mul(low, f32x4.splat(1.44269504088896341)));
  const rest = f32x4.sub(
    f32x4.sub(low, f32x4.mul(n, f32x4.splat(0.693359375))),
    f32x4.mul(n, f32x4.splat(-2.1219444e-4)),
  );
  let p = f32x4.splat(1.98756915e-4);
  p = f32x4.add(f32x4.mul(p, rest), f32x4.splat(1.3981999507e-3));
  p = f32x4.add(f32x4.mul(p, rest), f32x4.splat(8.3334519073e-3));
  p = f32x4.add(f32x4.mul(p, rest), f32x4.splat(4.1665795894e-2));
  p = f32x4.add(f32x4.mul(p, rest), f32x4.splat(1.6666665459e-1));
  p = f32x4.add(f32x4.mul(p, rest), f32x4.splat(5.0000001201e-1));
  p = f32x4.add(f32x4.add(f32x4.mul(f32x4.mul(p, rest), rest), rest), f32x4.splat(1));
  const power = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  return f32x4.mul(p, power);
}

/** S [n, m] becomes exp(S), and `sums` [n] the sums of its rows (in 64 bits, kept in 32). */
export function expRows(s: usize, sums: usize, n: i32, m: i32): void {
  const full = m & ~3;
  for (let r: i32 = 0; r < n; r++) {
    const row = s + ((<usize>r * <usize>m) << 2);
    let low = f64x2.splat(0);
    let high = f64x2.splat(0);
    for (let c: i32 = 0; c < full; c += 4) {
      const at = row + ((<usize>c) << 2);
      const e = exp4(v128.load(at));
      low = f64x2.add(low, f64x2.promote_low_f32x4(e));
      high = f64x2.add(high, f64x2.promote_low_f32x4(v128.shuffle<i32>(e, e, 2, 3, 2, 3)));
      v128.store(at, e);
    }
    const both = f64x2.add(low, high);
    let sum = f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1);
    for (let c = full; c < m; c++) {
      const at = row + ((<usize>c) << 2);
      const e = f32x4.extract_lane(exp4(f32x4.splat(load<f32>(at))), 0);
      sum += <f64>e;
      store<f32>(at, e);
    }
    store<f32>(sums + ((<usize>r) << 2), <f32>sum);
  }
}

/**
 * Rows of X [n, m] += eps * sign(X) * the unit row of m uniform numbers (SimGCL's perturbation). The numbers come from
 * four interleaved sfc32 generators whose state is 16 words (a, b, c, counter, four lanes each); `noise` [m] is scratch.
 */
export function perturbRows(x: usize, n: i32, m: i32, eps: f32, state: usize, noise: usize): void {
  const bytes = (<usize>m) << 2;
  let a = v128.load(state);
  let b = v128.load(state, 16);
  let c = v128.load(state, 32);
  let counter = v128.load(state, 48);
  const one = i32x4.splat(1);
  for (let r: i32 = 0; r < n; r++) {
    const row = x + <usize>r * bytes;
    let squares = f32x4.splat(0);
    for (let i: usize = 0; i < bytes; i += 16) {
      const sum = i32x4.add(i32x4.add(a, b), counter);
      counter = i32x4.add(counter, one);
      a = v128.xor(b, i32x4.shr_u(b, 9));
      b = i32x4.add(c, i32x4.shl(c, 3));
      c = i32x4.add(v128.or(i32x4.shl(c, 21), i32x4.shr_u(c, 11)), sum);
      const uniform = f32x4.mul(f32x4.convert_i32x4_u(i32x4.shr_u(sum, 8)), f32x4.splat(5.9604644775390625e-8));
      squares = f32x4.add(squares, f32x4.mul(uniform, uniform));
      v128.store(noise + i, uniform);
    }
    const length = max<f32>(sqrt<f32>(laneSum(squares)), 1e-12);
    const by = f32x4.splat(eps / length);
    for (let i: usize = 0; i < bytes; i += 16) {
      const value = v128.load(row + i);
      const step = f32x4.mul(by, v128.load(noise + i));
      // The step takes the value's sign; where the value is 0 it vanishes.
      const sign = v128.and(value, i32x4.splat(0x80000000));
      const signed = v128.and(v128.or(step, sign), f32x4.ne(value, f32x4.splat(0)));
      v128.store(row + i, f32x4.add(value, signed));
    }
  }
  v128.store(state, a);
  v128.store(state, b, 16);
  v128.store(state, c, 32);
  v128.store(state, counter, 48);
}
