/** Numbers of scratch for each column wanted: maxima, then scores and columns of candidates. */
const eachMaxima: i32 = 8;
const eachCandidates: i32 = 4;
// Groups of a row's numbers for each column wanted; at most twice as many come of rounding.
const eachGroups: i32 = 3;

/**
 * The k best columns of each row of S [n, m], best first, of equal scores the lower column first; columns at minus infinity are hidden
 * and never listed: the places left over get -1. Returns 1 where a score is not a number. `scratch` holds 16 k numbers.
 *
 * Candidates are the numbers that reach a bound which at least k reach; each is put at its place by counting those before it. Where
 * there are too many (scores that are all the same), they are put in order one by one.
 */
export function bestColumns(s: usize, n: i32, m: i32, k: i32, best: usize, scratch: usize): i32 {
  const width = (<usize>k) << 2;
  for (let r: i32 = 0; r < n; r++) {
    const row = s + ((<usize>r * <usize>m) << 2);
    const out = best + <usize>r * width;
    for (let p: usize = 0; p < width; p += 4) store<i32>(out + p, -1);
    const least = boundOf(row, m >> 2, k, scratch);
    const found = least == -Infinity ? -1 : candidates(row, m, least, eachCandidates * k, scratch + width * eachMaxima);
    if (found >= 0) place(found, k, scratch + width * eachMaxima, out);
    else if (!inOrder(row, m, k, out, scratch)) return 1;
  }
  return 0;
}

/** The k-th largest of the maxima of groups of a row's vectors of four; minus infinity where there are too few groups. */
function boundOf(row: usize, vectors: i32, k: i32, maxima: usize): f32 {
  const size = max<i32>(1, min<i32>(vectors, (4 * vectors) / (eachGroups * k)));
  const groups = vectors / size;
  if (4 * groups < k) return -Infinity;
  const end = maxima + ((<usize>groups) << 4);
  let at = row;
  for (let to = maxima; to < end; to += 16) {
    let most = v128.load(at);
    for (let v: i32 = 1; v < size; v++) most = f32x4.max(most, v128.load(at + ((<usize>v) << 4)));
    v128.store(to, most);
    at += (<usize>size) << 4;
  }
  for (let own = maxima; own < end; own += 4) {
    const value = v128.load32_splat(own);
    let above = i32x4.splat(0);
    let equal = i32x4.splat(0);
    for (let other = maxima; other < end; other += 16) {
      const numbers = v128.load(other);
      above = i32x4.sub(above, f32x4.gt(numbers, value));
      equal = i32x4.sub(equal, f32x4.eq(numbers, value));
    }
    const before = sumOf(above);
    if (before < k && before + sumOf(equal) >= k) return load<f32>(own);
  }
  return -Infinity;
}

/** Scores and columns of the numbers from `least` up, in the order of columns; -1 for more than `most`, or one that is none. */
function candidates(row: usize, m: i32, least: f32, most: i32, scores: usize): i32 {
  const columns = scores + ((<usize>most) << 2);
  const bound = f32x4.splat(least);
  const full = m & ~3;
  let found: i32 = 0;
  for (let c: i32 = 0; c < m; c += 4) {
    if (c < full && !v128.any_true(v128.not(f32x4.lt(v128.load(row + ((<usize>c) << 2)), bound)))) continue;
    for (let lane = c; lane < min<i32>(c + 4, m); lane++) {
      const score = load<f32>(row + ((<usize>lane) << 2));
      if (score < least) continue;
      if (score != score || found == most) return -1;
      store<f32>(scores + ((<usize>found) << 2), score);
      store<i32>(columns + ((<usize>found) << 2), lane);
      found++;
    }
  }
  return found;
}

/** Writes each candidate's column to the place that the number of better ones gives it: of equal scores the first is better. */
function place(found: i32, k: i32, scores: usize, out: usize): void {
  const columns = scores + ((<usize>(eachCandidates * k)) << 2);
  for (let rest = found; rest & 3; rest++) store<f32>(scores + ((<usize>rest) << 2), -Infinity);
  for (let i: i32 = 0; i < found; i++) {
    const value = v128.load32_splat(scores + ((<usize>i) << 2));
    const own = i & ~3;
    let count = i32x4.splat(0);
    for (let j: i32 = 0; j < own; j += 4) {
      count = i32x4.sub(count, f32x4.ge(v128.load(scores + ((<usize>j) << 2)), value));
    }
    for (let j = own; j < found; j += 4) {
      count = i32x4.sub(count, f32x4.gt(v128.load(scores + ((<usize>j) << 2)), value));
    }
    let before = sumOf(count);
    for (let j = own; j < i; j++) {
      if (load<f32>(scores + ((<usize>j) << 2)) == load<f32>(scores + ((<usize>i) << 2))) before++;
    }
    if (before < k) store<i32>(out + ((<usize>before) << 2), load<i32>(columns + ((<usize>i) << 2)));
  }
}

function sumOf(x: v128): i32 {
  return i32x4.extract_lane(x, 0) + i32x4.extract_lane(x, 1) + i32x4.extract_lane(x, 2) + i32x4.extract_lane(x, 3);
}

/** One after the other into a list in order. False where a score is no number. */
function inOrder(row: usize, m: i32, k: i32, out: usize, kept: usize): bool {
  for (let p: i32 = 0; p < k; p++) store<f32>(kept + ((<usize>p) << 2), -Infinity);
  for (let c: i32 = 0; c < m; c++) {
    if (!insert(row, c, k, out, kept)) return false;
  }
  return true;
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
