// SimGCL's noise.
import { laneSum } from "./rows";

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
