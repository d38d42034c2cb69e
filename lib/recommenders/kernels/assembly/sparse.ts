/**
 * Y [n, m] = base + diagonal * same + S other, for S in compressed rows; m is a multiple of 4.
 *
 * The normalised adjacency of a bipartite graph with self-loops is a diagonal and two such halves. `base`, `same` (with
 * its diagonal) and `other` may each be left out (address 0). With `list`, only the n rows that it names are made.
 */
export function spmm(
  starts: usize,
  columns: usize,
  values: usize,
  diagonal: usize,
  base: usize,
  same: usize,
  other: usize,
  y: usize,
  n: i32,
  m: i32,
  list: usize,
): void {
  const bytes = (<usize>m) << 2;
  for (let c: usize = 0; c + 128 <= bytes; c += 128) {
    strip32(starts, columns, values, diagonal, base, same, other, y, n, bytes, c, list);
  }
  for (let c: usize = bytes & ~127; c < bytes; c += 16) {
    strip4(starts, columns, values, diagonal, base, same, other, y, n, bytes, c, list);
  }
}

// 32 columns in eight registers: a neighbour's row is read once.
function strip32(
  starts: usize,
  columns: usize,
  values: usize,
  diagonal: usize,
  base: usize,
  same: usize,
  other: usize,
  y: usize,
  n: i32,
  bytes: usize,
  c: usize,
  list: usize,
): void {
  for (let k: i32 = 0; k < n; k++) {
    const r = list ? load<i32>(list + ((<usize>k) << 2)) : k;
    const at = <usize>r * bytes + c;
    const zero = f32x4.splat(0);
    let s0 = zero;
    let s1 = zero;
    let s2 = zero;
    let s3 = zero;
    let s4 = zero;
    let s5 = zero;
    let s6 = zero;
    let s7 = zero;
    if (other) {
      const from = load<i32>(starts + ((<usize>r) << 2));
      const to = load<i32>(starts + ((<usize>r) << 2), 4);
      for (let e = from; e < to; e++) {
        const place = (<usize>e) << 2;
        const p = other + <usize>load<i32>(columns + place) * bytes + c;
        const w = v128.load32_splat(values + place);
        s0 = f32x4.add(s0, f32x4.mul(w, v128.load(p)));
        s1 = f32x4.add(s1, f32x4.mul(w, v128.load(p, 16)));
        s2 = f32x4.add(s2, f32x4.mul(w, v128.load(p, 32)));
        s3 = f32x4.add(s3, f32x4.mul(w, v128.load(p, 48)));
        s4 = f32x4.add(s4, f32x4.mul(w, v128.load(p, 64)));
        s5 = f32x4.add(s5, f32x4.mul(w, v128.load(p, 80)));
        s6 = f32x4.add(s6, f32x4.mul(w, v128.load(p, 96)));
        s7 = f32x4.add(s7, f32x4.mul(w, v128.load(p, 112)));
      }
    }
    const scale = same ? v128.load32_splat(diagonal + ((<usize>r) << 2)) : zero;
    finish(y + at, s0, scale, base, same, at);
    finish(y + at + 16, s1, scale, base, same, at + 16);
    finish(y + at + 32, s2, scale, base, same, at + 32);
    finish(y + at + 48, s3, scale, base, same, at + 48);
    finish(y + at + 64, s4, scale, base, same, at + 64);
    finish(y + at + 80, s5, scale, base, same, at + 80);
    finish(y + at + 96, s6, scale, base, same, at + 96);
    finish(y + at + 112, s7, scale, base, same, at + 112);
  }
}

function strip4(
  starts: usize,
  columns: usize,
  values: usize,
  diagonal: usize,
  base: usize,
  same: usize,
  other: usize,
  y: usize,
  n: i32,
  bytes: usize,
  c: usize,
  list: usize,
): void {
  for (let k: i32 = 0; k < n; k++) {
    const r = list ? load<i32>(list + ((<usize>k) << 2)) : k;
    const at = <usize>r * bytes + c;
    let sum = f32x4.splat(0);
    if (other) {
      const to = load<i32>(starts + ((<usize>r) << 2), 4);
      for (let e = load<i32>(starts + ((<usize>r) << 2)); e < to; e++) {
        const place = (<usize>e) << 2;
        const p = other + <usize>load<i32>(columns + place) * bytes + c;
        sum = f32x4.add(sum, f32x4.mul(v128.load32_splat(values + place), v128.load(p)));
      }
    }
    const scale = same ? v128.load32_splat(diagonal + ((<usize>r) << 2)) : f32x4.splat(0);
    finish(y + at, sum, scale, base, same, at);
  }
}

function finish(out: usize, sum: v128, scale: v128, base: usize, same: usize, at: usize): void {
  let total = sum;
  if (same) total = f32x4.add(total, f32x4.mul(scale, v128.load(same + at)));
  if (base) total = f32x4.add(total, v128.load(base + at));
  v128.store(out, total);
}

/** Y += S' X over the n listed rows of X (ascending): the rows of S name rows of Y. */
export function scatterProduct(
  starts: usize,
  columns: usize,
  values: usize,
  x: usize,
  y: usize,
  m: i32,
  list: usize,
  n: i32,
): void {
  const bytes = (<usize>m) << 2;
  for (let k: i32 = 0; k < n; k++) {
    const r = <usize>load<i32>(list + ((<usize>k) << 2));
    const from = load<i32>(starts + (r << 2));
    const to = load<i32>(starts + (r << 2), 4);
    for (let e = from; e < to; e++) {
      const place = (<usize>e) << 2;
      const row = y + <usize>load<i32>(columns + place) * bytes;
      const w = v128.load32_splat(values + place);
      for (let c: usize = 0; c < bytes; c += 16) {
        v128.store(row + c, f32x4.add(v128.load(row + c), f32x4.mul(w, v128.load(x + r * bytes + c))));
      }
    }
  }
}
