// The weights exp(<x_i, y_j> / t) are made a tile at a time and used while they are in the cache, never kept: a pair is
// multiplied out again where its weight is needed again. (Tiles and running sums as in FlashAttention, arXiv:2205.14135,
// without its maxima: rows of length one keep the exponents small.)
#include "exponentialSums.h"

#include <algorithm>
#include <vector>

#include "threads.h"
#include "vectors.h"

namespace {

// A tile: its 96 x 256 weights take 96 KB.
constexpr size_t tileRows = 96;
constexpr size_t tileColumns = 256;
static_assert(tileRows % group == 0 && tileColumns % pair == 0, "tiles hold whole groups");

/** The problem's rows as the loops read them. */
struct Packed {
  size_t n, m, d, width, rows, columns;
  // X log2(e) / temperature [rows, d].
  std::vector<float> x;
  // Y in panels [d, pair], one after the other; V [columns, width], its width a multiple of `pair`.
  std::vector<float> y, v;
  // Added to a column's exponents: 0, or what makes the weight of a column past the last 0.
  std::vector<float> past;
};

Packed pack(const ExponentialSums &problem) {
  const auto &[x, n, y, m, v, d, temperature, out, sums] = problem;
  Packed packed{n, m, d, roundUp(d, pair), roundUp(n, group), roundUp(m, pair), {}, {}, {}, {}};
  packed.x.resize(packed.rows * d);
  const float scale = log2OfE / temperature;
  for (size_t at = 0; at < n * d; at++) packed.x[at] = x[at] * scale;
  packed.y.resize(packed.columns * d);
  packed.v.resize(packed.columns * packed.width);
  packed.past.assign(packed.columns, -1000.0f);
  for (size_t j = 0; j < m; j++) {
    setColumn(y + j * d, 1, d, j, packed.y.data());
    std::copy_n(v + j * d, d, packed.v.data() + j * packed.width);
    packed.past[j] = 0;
  }
  return packed;
}

/** What a thread works in. */
struct Scratch {
  explicit Scratch(size_t width) : weights(tileRows * tileColumns), out(tileRows * width), sums(tileRows * lanes) {}
  std::vector<float> weights, out, sums;
};

/** The weights of a group of rows for a panel of columns, and their sums added lane by lane. */
inline void weigh(const float *x, const float *panel, const float *past, size_t d, float *weights, float *sums) {
  Floats left[group], right[group];
  for (size_t r = 0; r < group; r++) {
    left[r] = load(past);
    right[r] = load(past + lanes);
  }
  multiplyPanel(x, d, panel, d, left, right);
#pragma GCC unroll 8
  for (size_t r = 0; r < group; r++) {
    const Floats a = powerOfTwo(left[r]), b = powerOfTwo(right[r]);
    store(weights + r * tileColumns, a);
    store(weights + r * tileColumns + lanes, b);
    store(sums + r * lanes, load(sums + r * lanes) + (a + b));
  }
}

/** Rows [from, from + count) of the result. */
void sumRows(const Packed &packed, size_t from, size_t count, Scratch &scratch, const ExponentialSums &problem) {
  const auto &[n, m, d, width, rows, columns, x, y, v, past] = packed;
  std::fill(scratch.out.begin(), scratch.out.end(), 0.0f);
  std::fill(scratch.sums.begin(), scratch.sums.end(), 0.0f);
  float *weights = scratch.weights.data();
  for (size_t left = 0; left < columns; left += tileColumns) {
    const size_t across = std::min(tileColumns, columns - left);
    for (size_t r = 0; r < count; r += group) {
      float *own = weights + r * tileColumns;
      for (size_t c = 0; c < across; c += pair) {
        const float *panel = y.data() + (left + c) * d;
        weigh(x.data() + (from + r) * d, panel, past.data() + left + c, d, own + c, scratch.sums.data() + r * lanes);
      }
      for (size_t c = 0; c < width; c += pair) {
        gatherPair(own, tileColumns, v.data() + left * width + c, across, width, scratch.out.data() + r * width + c);
      }
    }
  }
  for (size_t r = 0; r < std::min(count, n - from); r++) {
    problem.sums[from + r] = sumOf(load(scratch.sums.data() + r * lanes));
    for (size_t k = 0; k < d; k++) problem.out[(from + r) * d + k] += scratch.out[r * width + k];
  }
}

}  // namespace

void exponentialSums(const ExponentialSums &problem, size_t most) {
  const size_t threads = threadsWorth(2.0 * problem.n * problem.m * problem.d, most);
  const Packed packed = pack(problem);
  const size_t blocks = (packed.rows + tileRows - 1) / tileRows;
  std::vector<Scratch> scratches(std::min(threads, blocks), Scratch(packed.width));
  inParallel(blocks, threads, [&](size_t block, size_t thread) {
    const size_t from = block * tileRows;
    sumRows(packed, from, std::min(tileRows, packed.rows - from), scratches[thread], problem);
  });
}
