// Layers over large inputs that are narrow at the other end: X is read once, and what belongs to a row stays in registers.
#include "dense.h"

#include <algorithm>
#include <vector>

#include "threads.h"
#include "vectors.h"

namespace {

constexpr size_t blockRows = 192;
constexpr size_t tileRows = 48;
// Sums of their own for at most so many runs of rows: a matter of the size alone.
constexpr size_t mostParts = 16;
static_assert(blockRows % group == 0, "blocks hold whole groups");

double productsOf(const Dense &dense) { return double(dense.n) * dense.k * dense.h; }

size_t countOf(size_t all, size_t each) { return (all + each - 1) / each; }

/** W as panels [k, pair] and b, zeros behind them. */
struct Layer {
  Layer(const Dense &dense, const float *w, const float *b) : width(roundUp(dense.h, pair)) {
    panels.resize(width * dense.k);
    bias.resize(width);
    std::copy_n(b, dense.h, bias.data());
    for (size_t c = 0; c < dense.h; c++) setColumn(w + c, dense.h, dense.k, c, panels.data());
  }
  size_t width;
  std::vector<float> panels, bias;
};

/** A group of rows, of which the first `count` are written. */
void forwardGroup(const Dense &dense, const Layer &layer, const float *x, size_t count, float *y) {
  const Floats none = {};
  for (size_t c = 0; c < layer.width; c += pair) {
    Floats left[group], right[group];
    for (size_t r = 0; r < group; r++) {
      left[r] = load(layer.bias.data() + c);
      right[r] = load(layer.bias.data() + c + lanes);
    }
    multiplyPanel(x, dense.k, layer.panels.data() + c * dense.k, dense.k, left, right);
    for (size_t r = 0; r < count; r++) {
      float row[pair];
      store(row, left[r] > none ? left[r] : none);
      store(row + lanes, right[r] > none ? right[r] : none);
      std::copy_n(row, std::min(pair, dense.h - c), y + r * dense.h + c);
    }
  }
}

/** The sums of a run of rows. */
struct Sums {
  Sums(size_t k, size_t width) : weights(roundUp(k, columnGroup) * width), bias(width), rows(tileRows * width) {}
  std::vector<float> weights, bias;
  // D's rows of a tile, as wide as the sums.
  std::vector<float> rows;
};

void backwardTile(const Dense &dense, const float *x, const float *d, size_t count, size_t width, Sums &sums) {
  for (size_t r = 0; r < count; r++) {
    std::copy_n(d + r * dense.h, dense.h, sums.rows.data() + r * width);
    for (size_t c = 0; c < dense.h; c++) sums.bias[c] += d[r * dense.h + c];
  }
  const size_t whole = dense.k / columnGroup * columnGroup;
  for (size_t k = 0; k < whole; k += columnGroup) {
    for (size_t c = 0; c < width; c += pair) {
      scatterPair(x + k, dense.k, sums.rows.data() + c, count, width, sums.weights.data() + k * width + c);
    }
  }
  for (size_t k = whole; k < dense.k; k++) {
    for (size_t r = 0; r < count; r++) {
      for (size_t c = 0; c < width; c++) sums.weights[k * width + c] += x[r * dense.k + k] * sums.rows[r * width + c];
    }
  }
}

}  // namespace

void denseForward(const Dense &dense, const float *w, const float *b, float *y, size_t most) {
  const size_t threads = threadsWorth(productsOf(dense), most);
  const auto &[x, n, k, h] = dense;
  const Layer layer(dense, w, b);
  // The last rows, when they are no whole group.
  const size_t whole = n / group * group;
  std::vector<float> last(group * k, 0);
  std::copy_n(x + whole * k, (n - whole) * k, last.data());
  inParallel(countOf(n, blockRows), threads, [&, x = x, n = n, k = k, h = h](size_t block, size_t) {
    for (size_t r = block * blockRows; r < std::min(n, (block + 1) * blockRows); r += group) {
      forwardGroup(dense, layer, r < whole ? x + r * k : last.data(), std::min(group, n - r), y + r * h);
    }
  });
}

void denseBackward(const Dense &dense, const float *d, float *dW, float *dB, size_t most) {
  const size_t threads = threadsWorth(productsOf(dense), most);
  const auto &[x, n, k, h] = dense;
  const size_t width = roundUp(h, pair);
  const size_t tiles = countOf(n, tileRows), each = countOf(tiles, mostParts) * tileRows;
  std::vector<Sums> parts(countOf(n, each), Sums(k, width));
  inParallel(parts.size(), threads, [&, x = x, n = n, k = k, h = h](size_t part, size_t) {
    for (size_t r = part * each; r < std::min(n, (part + 1) * each); r += tileRows) {
      const size_t count = std::min({tileRows, n - r, (part + 1) * each - r});
      backwardTile(dense, x + r * k, d + r * h, count, width, parts[part]);
    }
  });
  for (const Sums &sums : parts) {
    for (size_t at = 0; at < k * h; at++) dW[at] += sums.weights[at / h * width + at % h];
    for (size_t c = 0; c < h; c++) dB[c] += sums.bias[c];
  }
}
