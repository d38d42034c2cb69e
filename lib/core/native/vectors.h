// Vectors of LANES floats. A file that includes this is compiled and linked once for each width, alone, since templates of the
// standard library compiled for one width must not be taken for another's.
#pragma once

#include <cstddef>
#include <cstdint>

namespace {

constexpr size_t lanes = LANES;
typedef float Floats __attribute__((vector_size(4 * LANES)));
typedef int32_t Integers __attribute__((vector_size(4 * LANES)));
// Vectors in memory lie anywhere and are read as they lie: memcpy's 32 bytes, and arrays of vectors of this type, become halves that
// pass through the stack, which made a product five times as slow.
typedef float Anywhere __attribute__((vector_size(4 * LANES), aligned(4), may_alias));

/** Products of matrices sum two vectors of each of `group` rows in registers. */
constexpr size_t pair = 2 * lanes;
constexpr size_t group = lanes == 16 ? 8 : lanes == 8 ? 6 : 4;
/** Products with a matrix turned round sum as many vectors of each of so many columns. */
constexpr size_t columnGroup = lanes == 16 ? 8 : 4;

constexpr size_t roundUp(size_t count, size_t to) { return (count + to - 1) / to * to; }

inline Floats load(const float *from) { return *reinterpret_cast<const Anywhere *>(from); }

inline void store(float *to, Floats value) { *reinterpret_cast<Anywhere *>(to) = value; }

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
  // Casts between vectors keep the bits.
  return (Floats)(((Integers)p + ((Integers)rounded << 23)) & ~nothing);
}

constexpr float log2OfE = 1.44269504f;

// Sums of two vectors a row fill the registers of AVX2: in a caller that keeps constants there, one would pass through memory
// at every step.
#if LANES == 16
#define IN_REGISTERS inline
#else
#define IN_REGISTERS inline __attribute__((noinline))
#endif

/**
 * A group of rows of X [.., d] against a panel [d, pair] of columns: left and right, which come with what is added to the
 * products.
 */
IN_REGISTERS void multiplyPanel(const float *x, size_t stride, const float *panel, size_t d, Floats *left, Floats *right) {
  Floats ownLeft[group], ownRight[group];
#pragma GCC unroll 8
  for (size_t r = 0; r < group; r++) {
    ownLeft[r] = left[r];
    ownRight[r] = right[r];
  }
  for (size_t k = 0; k < d; k++) {
    const Floats a = load(panel + k * pair), b = load(panel + k * pair + lanes);
#pragma GCC unroll 8
    for (size_t r = 0; r < group; r++) {
      ownLeft[r] += a * x[r * stride + k];
      ownRight[r] += b * x[r * stride + k];
    }
  }
#pragma GCC unroll 8
  for (size_t r = 0; r < group; r++) {
    left[r] = ownLeft[r];
    right[r] = ownRight[r];
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
