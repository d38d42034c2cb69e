// Vectors of LANES floats. A file that includes this is compiled and linked once for each width, alone, since templates of the
// standard library compiled for one width must not be taken for another's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace {

constexpr size_t lanes = LANES;
typedef float Floats __attribute__((vector_size(4 * LANES), aligned(4)));
typedef int32_t Integers __attribute__((vector_size(4 * LANES), aligned(4)));

/** Products of matrices sum two vectors of each of `group` rows in registers. */
constexpr size_t pair = 2 * lanes;
constexpr size_t group = lanes == 16 ? 8 : lanes == 8 ? 6 : 4;
/** Products with a matrix turned round sum as many vectors of each of so many columns. */
constexpr size_t columnGroup = lanes == 16 ? 8 : 4;

constexpr size_t roundUp(size_t count, size_t to) { return (count + to - 1) / to * to; }

inline Floats load(const float *from) {
  Floats value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

inline void store(float *to, Floats value) { std::memcpy(to, &value, sizeof value); }

inline float sumOf(Floats value) {
  float sum = 0;
  for (size_t lane = 0; lane < lanes; lane++) sum += value[lane];
  return sum;
}

/** 2^x to 2e-7 of it; 0 below -126, infinite from 128 on. */
inline Floats powerOfTwo(Floats x) {
  // The fraction's polynomial: least relative error on [-1/2, 1/2], 2e-9.
  constexpr float c[] = {1.0f, 0.6931471825f, 0.2402264625f, 0.0555032864f, 0.0096184891f, 0.0013399931f, 0.0001534581f};
  // Added to a number, its last bits are the number rounded.
  constexpr float rounder = 12582912.0f;
  const Floats none = {};
  const Integers nothing = x < none - 126.0f;
  x = nothing ? none : x;
  x = x > none + 128.0f ? none + 128.0f : x;
  const Floats rounded = x + rounder;
  const Floats f = x - (rounded - rounder);
  Floats p = f * c[6] + c[5];
  for (int k = 4; k >= 0; k--) p = p * f + c[k];
  Integers bits, power;
  std::memcpy(&bits, &p, sizeof bits);
  std::memcpy(&power, &rounded, sizeof power);
  bits = (bits + (power << 23)) & ~nothing;
  std::memcpy(&p, &bits, sizeof p);
  return p;
}

constexpr float log2OfE = 1.44269504f;

/**
 * A group of rows of X [.., d] against a panel [d, pair] of columns: left and right, which come with what is added to the
 * products.
 */
inline void multiplyPanel(const float *x, size_t stride, const float *panel, size_t d, Floats *left, Floats *right) {
  for (size_t k = 0; k < d; k++) {
    const Floats a = load(panel + k * pair), b = load(panel + k * pair + lanes);
#pragma GCC unroll 8
    for (size_t r = 0; r < group; r++) {
      left[r] += a * x[r * stride + k];
      right[r] += b * x[r * stride + k];
    }
  }
}

/** Writes d numbers, `step` apart, as column j of panels [d, pair] that follow each other. */
inline void setColumn(const float *from, size_t step, size_t d, size_t j, float *panels) {
  float *panel = panels + j / pair * pair * d + j % pair;
  for (size_t k = 0; k < d; k++) panel[k * pair] = from[k * step];
}

/** Adds to a pair of vectors of `count` rows of sums: of row r, weights[r * apart + j * step] times row j of V [rows, width]. */
template <size_t count>
inline void addProducts(const float *weights, size_t apart, size_t step, const float *v, size_t rows, size_t width, float *out) {
  Floats left[count], right[count];
  for (size_t r = 0; r < count; r++) {
    left[r] = load(out + r * width);
    right[r] = load(out + r * width + lanes);
  }
  for (size_t j = 0; j < rows; j++) {
    const Floats a = load(v + j * width), b = load(v + j * width + lanes);
#pragma GCC unroll 8
    for (size_t r = 0; r < count; r++) {
      left[r] += a * weights[r * apart + j * step];
      right[r] += b * weights[r * apart + j * step];
    }
  }
  for (size_t r = 0; r < count; r++) {
    store(out + r * width, left[r]);
    store(out + r * width + lanes, right[r]);
  }
}

/** Adds a group's weights [group, stride] times rows of V. */
inline void gatherPair(const float *weights, size_t stride, const float *v, size_t rows, size_t width, float *out) {
  addProducts<group>(weights, stride, 1, v, rows, width, out);
}

/** Adds a column group of weights [rows, stride], turned round, times rows of X. */
inline void scatterPair(const float *weights, size_t stride, const float *x, size_t rows, size_t width, float *out) {
  addProducts<columnGroup>(weights, 1, stride, x, rows, width, out);
}

}  // namespace
