/**
 * The k best columns of each row of S [n, m] and their scores (`kept`), best first, of equal scores the lower column first; columns
 * at minus infinity are hidden and never listed: the places left over get -1. Returns 1 where a score is not a number.
 */
export function bestColumns(s: usize, n: i32, m: i32, k: i32, best: usize, kept: usize): i32 {
  const width = (<usize>k) << 2;
  const full = m & ~3;
  for (let r: i32 = 0; r < n; r++) {
    const row = s + ((<usize>r * <usize>m) << 2);
    const out = best + <usize>r * width;
    const scores = kept + <usize>r * width;
    for (let p: usize = 0; p < width; p += 4) {
      store<i32>(out + p, -1);
      store<f32>(scores + p, -Infinity);
    }
    const last = scores + width - 4;
    let bar = v128.load32_splat(last);
    for (let c: i32 = 0; c < full; c += 4) {
      // Not "below or equal" lets numbers that are none through, to be found.
      const above = v128.not(f32x4.le(v128.load(row + ((<usize>c) << 2)), bar));
      if (!v128.any_true(above)) continue;
      for (let lane: i32 = c; lane < c + 4; lane++) {
        if (!insert(row, lane, k, out, scores)) return 1;
      }
      bar = v128.load32_splat(last);
    }
    for (let c = full; c < m; c++) {
      if (!insert(row, c, k, out, scores)) return 1;
    }
  }
  return 0;
}

function insert(row: usize, c: i32, k: i32, out: usize, kept: usize): bool {
  const score = load<f32>(row + ((<usize>c) << 2));
  if (score != score) return false;
  if (score <= load<f32>(kept + ((<usize>(k - 1)) << 2))) return true;
  let place: usize = (<usize>(k - 1)) << 2;
  while (place > 0 && load<f32>(kept + place - 4) < score) {
    store<f32>(kept + place, load<f32>(kept + place - 4));
    store<i32>(out + place, load<i32>(out + place - 4));
    place -= 4;
  }
  store<f32>(kept + place, score);
  store<i32>(out + place, c);
  return true;
}
