// NCF as HKUDS/RecLM scores it: s(u, i) = <w, u * z> + sum of ReLU(a + b), a = W_u u + bias, b = W_z z.

/**
 * BPR on these scores for `count` triples: returns the sum of softplus(-x) / nominal and adds the gradients of U, Z and w;
 * row t of A and dA belongs to triple t (dA is overwritten), rows of B and dB to items. m is a multiple of 4.
 */
export function neuMfBpr(
  users: usize,
  positives: usize,
  negatives: usize,
  rowOf: usize,
  count: i32,
  u: usize,
  z: usize,
  w: usize,
  a: usize,
  b: usize,
  dU: usize,
  dZ: usize,
  dW: usize,
  dA: usize,
  dB: usize,
  m: i32,
  nominal: f64,
): f64 {
  const bytes = (<usize>m) << 2;
  const zero = f32x4.splat(0);
  let loss: f64 = 0;
  for (let t: i32 = 0; t < count; t++) {
    const place = (<usize>t) << 2;
    const user = <usize>load<i32>(users + place) * bytes;
    const p = <usize>load<i32>(rowOf + ((<usize>load<i32>(positives + place)) << 2)) * bytes;
    const n = <usize>load<i32>(rowOf + ((<usize>load<i32>(negatives + place)) << 2)) * bytes;
    const row = <usize>t * bytes;
    let sum = zero;
    for (let c: usize = 0; c < bytes; c += 16) {
      const between = f32x4.sub(v128.load(z + p + c), v128.load(z + n + c));
      const hidden = v128.load(a + row + c);
      const above = f32x4.max(f32x4.add(hidden, v128.load(b + p + c)), zero);
      const below = f32x4.max(f32x4.add(hidden, v128.load(b + n + c)), zero);
      const product = f32x4.mul(f32x4.mul(v128.load(w + c), v128.load(u + user + c)), between);
      sum = f32x4.add(sum, f32x4.add(product, f32x4.sub(above, below)));
    }
    const x =
      <f64>f32x4.extract_lane(sum, 0) +
      <f64>f32x4.extract_lane(sum, 1) +
      (<f64>f32x4.extract_lane(sum, 2) + <f64>f32x4.extract_lane(sum, 3));
    const decay = Math.exp(-Math.abs(x));
    loss += Math.max(-x, 0) + Math.log1p(decay);
    const slope = x >= 0 ? decay / (1 + decay) : 1 / (1 + decay);
    const g = f32x4.splat(<f32>(-slope / nominal));
    for (let c: usize = 0; c < bytes; c += 16) {
      const own = v128.load(u + user + c);
      const weight = v128.load(w + c);
      const between = f32x4.sub(v128.load(z + p + c), v128.load(z + n + c));
      const hidden = v128.load(a + row + c);
      const above = v128.and(g, f32x4.gt(f32x4.add(hidden, v128.load(b + p + c)), zero));
      const below = v128.and(g, f32x4.gt(f32x4.add(hidden, v128.load(b + n + c)), zero));
      const toItem = f32x4.mul(g, f32x4.mul(weight, own));
      const toUser = f32x4.mul(g, between);
      add(dU + user + c, f32x4.mul(toUser, weight));
      add(dW + c, f32x4.mul(toUser, own));
      add(dZ + p + c, toItem);
      add(dZ + n + c, f32x4.neg(toItem));
      add(dB + p + c, above);
      add(dB + n + c, f32x4.neg(below));
      v128.store(dA + row + c, f32x4.sub(above, below));
    }
  }
  return loss / nominal;
}

function add(at: usize, value: v128): void {
  v128.store(at, f32x4.add(v128.load(at), value));
}

/** S [n, m] += the sums over k of max(0, A [n, k] + B [k, m]): every user with every item. */
export function addRectifiedSums(a: usize, b: usize, s: usize, n: i32, k: i32, m: i32): void {
  const full = m & ~15;
  const zero = f32x4.splat(0);
  const bRow: usize = (<usize>m) << 2;
  for (let j: i32 = 0; j < full; j += 16) {
    for (let r: i32 = 0; r < n; r++) {
      const at = s + ((<usize>r * <usize>m + <usize>j) << 2);
      let s0 = v128.load(at);
      let s1 = v128.load(at, 16);
      let s2 = v128.load(at, 32);
      let s3 = v128.load(at, 48);
      let p = a + ((<usize>r * <usize>k) << 2);
      let q = b + ((<usize>j) << 2);
      for (let t: i32 = 0; t < k; t++) {
        const x = v128.load32_splat(p);
        s0 = f32x4.add(s0, f32x4.max(f32x4.add(x, v128.load(q)), zero));
        s1 = f32x4.add(s1, f32x4.max(f32x4.add(x, v128.load(q, 16)), zero));
        s2 = f32x4.add(s2, f32x4.max(f32x4.add(x, v128.load(q, 32)), zero));
        s3 = f32x4.add(s3, f32x4.max(f32x4.add(x, v128.load(q, 48)), zero));
        p += 4;
        q += bRow;
      }
      v128.store(at, s0);
      v128.store(at, s1, 16);
      v128.store(at, s2, 32);
      v128.store(at, s3, 48);
    }
  }
  for (let r: i32 = 0; r < n; r++) {
    for (let j = full; j < m; j++) {
      const at = s + ((<usize>r * <usize>m + <usize>j) << 2);
      let sum = load<f32>(at);
      for (let t: i32 = 0; t < k; t++) {
        const x = load<f32>(a + ((<usize>r * <usize>k + <usize>t) << 2));
        sum += max<f32>(x + load<f32>(b + ((<usize>t * <usize>m + <usize>j) << 2)), 0);
      }
      store<f32>(at, sum);
    }
  }
}
