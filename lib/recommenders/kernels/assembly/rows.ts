// Operations on the rows of a matrix [n, m], m a multiple of 4, and on runs of numbers.

export function laneSum(x: v128): f32 {
  return f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 1) + (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3));
}

// As torch.nn.functional.normalize: shorter rows are divided by this instead of their length.
const shortest: f32 = 1e-12;

/** Y = rows of X over their Euclidean lengths, which go to `lengths` [n]. */
export function normaliseRows(x: usize, y: usize, lengths: usize, n: i32, m: i32): void {
  const bytes = (<usize>m) << 2;
  for (let r: i32 = 0; r < n; r++) {
    const row = x + <usize>r * bytes;
    const out = y + <usize>r * bytes;
    let squares = f32x4.splat(0);
    for (let c: usize = 0; c < bytes; c += 16) {
      const value = v128.load(row + c);
      squares = f32x4.add(squares, f32x4.mul(value, value));
    }
    const length = max<f32>(sqrt<f32>(laneSum(squares)), shortest);
    store<f32>(lengths + ((<usize>r) << 2), length);
    const scale = f32x4.splat(1 / length);
    for (let c: usize = 0; c < bytes; c += 16) v128.store(out + c, f32x4.mul(v128.load(row + c), scale));
  }
}

/** D (gradient of Y) becomes the gradient of X: (D - Y <Y, D>) / length. */
export function normaliseRowsBackward(y: usize, lengths: usize, d: usize, n: i32, m: i32): void {
  const bytes = (<usize>m) << 2;
  for (let r: i32 = 0; r < n; r++) {
    const unit = y + <usize>r * bytes;
    const gradient = d + <usize>r * bytes;
    let dots = f32x4.splat(0);
    for (let c: usize = 0; c < bytes; c += 16) {
      dots = f32x4.add(dots, f32x4.mul(v128.load(unit + c), v128.load(gradient + c)));
    }
    const dot = f32x4.splat(laneSum(dots));
    const scale = f32x4.splat(1 / load<f32>(lengths + ((<usize>r) << 2)));
    for (let c: usize = 0; c < bytes; c += 16) {
      const across = f32x4.sub(v128.load(gradient + c), f32x4.mul(v128.load(unit + c), dot));
      v128.store(gradient + c, f32x4.mul(across, scale));
    }
  }
}

/** D becomes 0 where the rectified Y is 0; `count` is a multiple of 4. */
export function rectifyBackward(y: usize, d: usize, count: i32): void {
  const end = (<usize>count) << 2;
  for (let i: usize = 0; i < end; i += 16) {
    v128.store(d + i, v128.and(v128.load(d + i), f32x4.gt(v128.load(y + i), f32x4.splat(0))));
  }
}

/** sums [m] += the columns of D. */
export function addColumnSums(d: usize, sums: usize, n: i32, m: i32): void {
  const bytes = (<usize>m) << 2;
  for (let c: usize = 0; c < bytes; c += 16) {
    let sum = v128.load(sums + c);
    for (let r: i32 = 0; r < n; r++) sum = f32x4.add(sum, v128.load(d + <usize>r * bytes + c));
    v128.store(sums + c, sum);
  }
}

/** Y += X; `count` is a multiple of 4. */
export function addInto(x: usize, y: usize, count: i32): void {
  const end = (<usize>count) << 2;
  for (let i: usize = 0; i < end; i += 16) v128.store(y + i, f32x4.add(v128.load(y + i), v128.load(x + i)));
}

/** X *= factor; `count` is a multiple of 4. */
export function scale(x: usize, factor: f32, count: i32): void {
  const end = (<usize>count) << 2;
  const by = f32x4.splat(factor);
  for (let i: usize = 0; i < end; i += 16) v128.store(x + i, f32x4.mul(v128.load(x + i), by));
}

/** Row k of Y becomes the listed row of X, for n rows. */
export function gatherRows(x: usize, list: usize, y: usize, n: i32, m: i32): void {
  const bytes = (<usize>m) << 2;
  for (let k: i32 = 0; k < n; k++) {
    memory.copy(y + <usize>k * bytes, x + <usize>load<i32>(list + ((<usize>k) << 2)) * bytes, bytes);
  }
}

/** The listed row of Y += factor * row k of X, for n rows. */
export function scatterRows(x: usize, list: usize, y: usize, n: i32, m: i32, factor: f32): void {
  const bytes = (<usize>m) << 2;
  const by = f32x4.splat(factor);
  for (let k: i32 = 0; k < n; k++) {
    const from = x + <usize>k * bytes;
    const to = y + <usize>load<i32>(list + ((<usize>k) << 2)) * bytes;
    for (let c: usize = 0; c < bytes; c += 16) {
      v128.store(to + c, f32x4.add(v128.load(to + c), f32x4.mul(by, v128.load(from + c))));
    }
  }
}

/** The n listed rows of Y become those of X. */
export function copyRows(x: usize, y: usize, list: usize, n: i32, m: i32): void {
  const bytes = (<usize>m) << 2;
  for (let k: i32 = 0; k < n; k++) {
    const at = <usize>load<i32>(list + ((<usize>k) << 2)) * bytes;
    memory.copy(y + at, x + at, bytes);
  }
}

/** The n listed rows of Y += those of X. */
export function addRows(x: usize, y: usize, list: usize, n: i32, m: i32): void {
  const bytes = (<usize>m) << 2;
  for (let k: i32 = 0; k < n; k++) {
    const at = <usize>load<i32>(list + ((<usize>k) << 2)) * bytes;
    for (let c = at; c < at + bytes; c += 16) v128.store(y + c, f32x4.add(v128.load(y + c), v128.load(x + c)));
  }
}

/** The n listed rows of Y become 0. */
export function clearRows(y: usize, list: usize, n: i32, m: i32): void {
  const bytes = (<usize>m) << 2;
  for (let k: i32 = 0; k < n; k++) memory.fill(y + <usize>load<i32>(list + ((<usize>k) << 2)) * bytes, 0, bytes);
}
