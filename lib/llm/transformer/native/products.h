// Products and softmax of one tile of queries and the keys that these see.
#pragma once

#include <algorithm>
#include <vector>

#include "plan.h"
#include "vectors.h"

namespace {

static_assert(pair % columnGroup == 0, "tiles hold whole groups");

/** Copies `count` rows, and zeros up to `rows` of them. */
void copyRows(const float *from, size_t stride, size_t d, const Tile &tile, size_t width, std::vector<float> &to) {
  std::fill_n(to.data(), tile.rows * width, 0.0f);
  for (size_t r = 0; r < tile.count; r++) std::copy_n(from + r * stride, d, to.data() + r * width);
}

/** Rows times panels: products [rows, columns]. */
void multiply(const std::vector<float> &x, const std::vector<float> &panels, const Tile &tile, const Plan &plan,
              std::vector<float> &products) {
  const size_t d = plan.attention.d;
  for (size_t c = 0; c < tile.columns; c += pair) {
    for (size_t r = 0; r < tile.rows; r += group) {
      Floats left[group] = {}, right[group] = {};
      multiplyPanel(x.data() + r * plan.width, plan.width, panels.data() + c * d, d, left, right);
      for (size_t own = 0; own < group; own++) {
        store(products.data() + (r + own) * tile.columns + c, left[own]);
        store(products.data() + (r + own) * tile.columns + c + lanes, right[own]);
      }
    }
  }
}

/** out = weights times rows of V. */
void gather(const std::vector<float> &weights, const std::vector<float> &v, const Tile &tile, size_t width,
            std::vector<float> &out) {
  std::fill_n(out.data(), tile.rows * width, 0.0f);
  for (size_t r = 0; r < tile.rows; r += group) {
    for (size_t c = 0; c < width; c += pair) {
      const float *own = weights.data() + r * tile.columns;
      gatherPair(own, tile.columns, v.data() + c, tile.columns, width, out.data() + r * width + c);
    }
  }
}

/** Adds weights' x to out [columns, width]. */
void scatter(const std::vector<float> &weights, const std::vector<float> &x, const Tile &tile, size_t width, float *out) {
  for (size_t j = 0; j < tile.columns; j += columnGroup) {
    for (size_t c = 0; c < width; c += pair) {
      scatterPair(weights.data() + j, tile.columns, x.data() + c, tile.count, width, out + j * width + c);
    }
  }
}

/** Scores become exp(score - base): of the first `count`, zeros behind them up to `columns`. */
float exponentials(float *scores, size_t count, size_t columns, float base) {
  Floats sums = {};
  std::fill(scores + count, scores + columns, 0.0f);
  const size_t whole = count / lanes * lanes;
  for (size_t j = 0; j < whole; j += lanes) {
    const Floats weight = powerOfTwo((load(scores + j) - base) * log2OfE);
    store(scores + j, weight);
    sums += weight;
  }
  float rest = 0;
  if (whole < count) {
    const Floats weight = powerOfTwo((load(scores + whole) - base) * log2OfE);
    for (size_t j = whole; j < count; j++) rest += scores[j] = weight[j - whole];
  }
  return sumOf(sums) + rest;
}

float largestOf(const float *scores, size_t count) {
  const size_t whole = count / lanes * lanes;
  float most = scores[count - 1];
  if (whole > 0) {
    Floats largest = load(scores);
    for (size_t j = lanes; j < whole; j += lanes) {
      const Floats next = load(scores + j);
      largest = next > largest ? next : largest;
    }
    for (size_t lane = 0; lane < lanes; lane++) most = std::max(most, largest[lane]);
  }
  for (size_t j = whole; j < count; j++) most = std::max(most, scores[j]);
  return most;
}

/** Rows past the last one have no weights. */
void clearPast(const Tile &tile, std::vector<float> &weights) {
  std::fill_n(weights.data() + tile.count * tile.columns, (tile.rows - tile.count) * tile.columns, 0.0f);
}

/** From dP to dS = P (dP - <P, dP>), in dP's place. */
void softmaxBackward(const float *weights, size_t count, size_t columns, float *gradients) {
  Floats sums = {};
  // Weights are zero behind the last key.
  for (size_t j = 0; j < roundUp(count, lanes); j += lanes) sums += load(weights + j) * load(gradients + j);
  const float mean = sumOf(sums);
  for (size_t j = 0; j < columns; j += lanes) store(gradients + j, load(weights + j) * (load(gradients + j) - mean));
}

}  // namespace
