// C [n, m] = A [n, k] B [k, m], all row-major. Tiles of 4 x 8 stay in registers; the rest is done in 1 x 4 and 1 x 1.

const accumulate: i32 = 1;
const rectify: i32 = 2;

/** C = A B, plus what C holds (flag 1) or a bias row (address, 0 for none); then max(0, .) (flag 2). */
export function gemm(a: usize, b: usize, c: usize, n: i32, k: i32, m: i32, bias: usize, flags: i32): void {
  const fullRows = n & ~3;
  const fullCols = m & ~7;
  for (let i: i32 = 0; i < fullRows; i += 4) {
    for (let j: i32 = 0; j < fullCols; j += 8) tile4x8(a, b, c, i, j, k, m, bias, flags);
    for (let r: i32 = i; r < i + 4; r++) rowTail(a, b, c, r, fullCols, k, m, bias, flags);
  }
  for (let r: i32 = fullRows; r < n; r++) rowTail(a, b, c, r, 0, k, m, bias, flags);
}

function rowTail(a: usize, b: usize, c: usize, i: i32, from: i32, k: i32, m: i32, bias: usize, flags: i32): void {
  let j = from;
  for (; j + 4 <= m; j += 4) tile1x4(a, b, c, i, j, k, m, bias, flags);
  for (; j < m; j++) cell(a, b, c, i, j, k, m, bias, flags);
}

function startOf(at: usize, bias: usize, flags: i32): v128 {
  if (flags & accumulate) return v128.load(at);
  return bias ? v128.load(bias) : f32x4.splat(0);
}

function finish(at: usize, sum: v128, flags: i32): void {
  v128.store(at, flags & rectify ? f32x4.max(sum, f32x4.splat(0)) : sum);
}

function tile4x8(a: usize, b: usize, c: usize, i: i32, j: i32, k: i32, m: i32, bias: usize, flags: i32): void {
  const aRow: usize = (<usize>k) << 2;
  const cRow: usize = (<usize>m) << 2;
  const biasAt = bias ? bias + ((<usize>j) << 2) : 0;
  const biasNext = bias ? biasAt + 16 : 0;
  const c0 = c + ((<usize>i * <usize>m + <usize>j) << 2);
  const c1 = c0 + cRow;
  const c2 = c1 + cRow;
  const c3 = c2 + cRow;
  let s00 = startOf(c0, biasAt, flags);
  let s01 = startOf(c0 + 16, biasNext, flags);
  let s10 = startOf(c1, biasAt, flags);
  let s11 = startOf(c1 + 16, biasNext, flags);
  let s20 = startOf(c2, biasAt, flags);
  let s21 = startOf(c2 + 16, biasNext, flags);
  let s30 = startOf(c3, biasAt, flags);
  let s31 = startOf(c3 + 16, biasNext, flags);
  let p = a + <usize>i * aRow;
  let q = b + ((<usize>j) << 2);
  const end = p + aRow;
  const a2 = aRow << 1;
  const a3 = a2 + aRow;
  while (p < end) {
    const b0 = v128.load(q);
    const b1 = v128.load(q, 16);
    const x0 = v128.load32_splat(p);
    s00 = f32x4.add(s00, f32x4.mul(x0, b0));
    s01 = f32x4.add(s01, f32x4.mul(x0, b1));
    const x1 = v128.load32_splat(p + aRow);
    s10 = f32x4.add(s10, f32x4.mul(x1, b0));
    s11 = f32x4.add(s11, f32x4.mul(x1, b1));
    const x2 = v128.load32_splat(p + a2);
    s20 = f32x4.add(s20, f32x4.mul(x2, b0));
    s21 = f32x4.add(s21, f32x4.mul(x2, b1));
    const x3 = v128.load32_splat(p + a3);
    s30 = f32x4.add(s30, f32x4.mul(x3, b0));
    s31 = f32x4.add(s31, f32x4.mul(x3, b1));
    p += 4;
    q += cRow;
  }
  finish(c0, s00, flags);
  finish(c0 + 16, s01, flags);
  finish(c1, s10, flags);
  finish(c1 + 16, s11, flags);
  finish(c2, s20, flags);
  finish(c2 + 16, s21, flags);
  finish(c3, s30, flags);
  finish(c3 + 16, s31, flags);
}

function tile1x4(a: usize, b: usize, c: usize, i: i32, j: i32, k: i32, m: i32, bias: usize, flags: i32): void {
  const at = c + ((<usize>i * <usize>m + <usize>j) << 2);
  let sum = startOf(at, bias ? bias + ((<usize>j) << 2) : 0, flags);
  let p = a + ((<usize>i * <usize>k) << 2);
  let q = b + ((<usize>j) << 2);
  for (let t: i32 = 0; t < k; t++) {
    sum = f32x4.add(sum, f32x4.mul(v128.load32_splat(p), v128.load(q)));
    p += 4;
    q += (<usize>m) << 2;
  }
  finish(at, sum, flags);
}

function cell(a: usize, b: usize, c: usize, i: i32, j: i32, k: i32, m: i32, bias: usize, flags: i32): void {
  const at = c + ((<usize>i * <usize>m + <usize>j) << 2);
  let sum: f32 = 0;
  if (flags & accumulate) sum = load<f32>(at);
  else if (bias) sum = load<f32>(bias + ((<usize>j) << 2));
  for (let t: i32 = 0; t < k; t++) {
    sum +=
      load<f32>(a + ((<usize>i * <usize>k + <usize>t) << 2)) * load<f32>(b + ((<usize>t * <usize>m + <usize>j) << 2));
  }
  store<f32>(at, flags & rectify ? max<f32>(sum, 0) : sum);
}

// Rows summed at once, so that the strip of A that four columns need stays in the first cache.
const rowBlock: i32 = 256;

/** Rows [first, last) of C [k, m] += A' D for A [n, k] and D [n, m]: the weight gradient of a linear layer. */
export function gemmTransposedA(a: usize, d: usize, c: usize, n: i32, k: i32, m: i32, first: i32, last: i32): void {
  const fullRows = first + ((last - first) & ~3);
  const fullM = m & ~7;
  for (let from: i32 = 0; from < n; from += rowBlock) {
    const to = min<i32>(from + rowBlock, n);
    for (let i: i32 = first; i < fullRows; i += 4) {
      for (let j: i32 = 0; j < fullM; j += 8) outerTile4x8(a, d, c, i, j, k, m, from, to);
      for (let r: i32 = i; r < i + 4; r++) outerTail(a, d, c, r, fullM, k, m, from, to);
    }
    for (let r: i32 = fullRows; r < last; r++) outerTail(a, d, c, r, 0, k, m, from, to);
  }
}

function outerTile4x8(a: usize, d: usize, c: usize, i: i32, j: i32, k: i32, m: i32, from: i32, to: i32): void {
  const aRow: usize = (<usize>k) << 2;
  const dRow: usize = (<usize>m) << 2;
  const c0 = c + ((<usize>i * <usize>m + <usize>j) << 2);
  const c1 = c0 + dRow;
  const c2 = c1 + dRow;
  const c3 = c2 + dRow;
  let s00 = v128.load(c0);
  let s01 = v128.load(c0, 16);
  let s10 = v128.load(c1);
  let s11 = v128.load(c1, 16);
  let s20 = v128.load(c2);
  let s21 = v128.load(c2, 16);
  let s30 = v128.load(c3);
  let s31 = v128.load(c3, 16);
  let p = a + <usize>from * aRow + ((<usize>i) << 2);
  let q = d + <usize>from * dRow + ((<usize>j) << 2);
  for (let r: i32 = from; r < to; r++) {
    const d0 = v128.load(q);
    const d1 = v128.load(q, 16);
    const x0 = v128.load32_splat(p);
    s00 = f32x4.add(s00, f32x4.mul(x0, d0));
    s01 = f32x4.add(s01, f32x4.mul(x0, d1));
    const x1 = v128.load32_splat(p, 4);
    s10 = f32x4.add(s10, f32x4.mul(x1, d0));
    s11 = f32x4.add(s11, f32x4.mul(x1, d1));
    const x2 = v128.load32_splat(p, 8);
    s20 = f32x4.add(s20, f32x4.mul(x2, d0));
    s21 = f32x4.add(s21, f32x4.mul(x2, d1));
    const x3 = v128.load32_splat(p, 12);
    s30 = f32x4.add(s30, f32x4.mul(x3, d0));
    s31 = f32x4.add(s31, f32x4.mul(x3, d1));
    p += aRow;
    q += dRow;
  }
  v128.store(c0, s00);
  v128.store(c0, s01, 16);
  v128.store(c1, s10);
  v128.store(c1, s11, 16);
  v128.store(c2, s20);
  v128.store(c2, s21, 16);
  v128.store(c3, s30);
  v128.store(c3, s31, 16);
}

function outerTail(a: usize, d: usize, c: usize, i: i32, j0: i32, k: i32, m: i32, from: i32, to: i32): void {
  for (let j = j0; j < m; j++) {
    const at = c + ((<usize>i * <usize>m + <usize>j) << 2);
    let sum = load<f32>(at);
    for (let r = from; r < to; r++) {
      sum +=
        load<f32>(a + ((<usize>r * <usize>k + <usize>i) << 2)) * load<f32>(d + ((<usize>r * <usize>m + <usize>j) << 2));
    }
    store<f32>(at, sum);
  }
}

/** B [m, n] = A' for A [n, m]. */
export function transpose(a: usize, b: usize, n: i32, m: i32): void {
  for (let i: i32 = 0; i < n; i++) {
    for (let j: i32 = 0; j < m; j++) {
      store<f32>(b + ((<usize>j * <usize>n + <usize>i) << 2), load<f32>(a + ((<usize>i * <usize>m + <usize>j) << 2)));
    }
  }
}
