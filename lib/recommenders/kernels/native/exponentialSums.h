#pragma once
#include <cstddef>

/**
 * out[i] += sum over j of exp(<x_i, y_j> / temperature) v_j, and sums[i] = sum over j of exp(<x_i, y_j> / temperature):
 * x and out [n, d], y and v [m, d], sums [n]; row-major, 32-bit floats.
 */
struct ExponentialSums {
  const float *x;
  size_t n;
  const float *y;
  size_t m;
  const float *v;
  size_t d;
  float temperature;
  float *out;
  float *sums;
};

// `threads` changes no result.
void exponentialSums(const ExponentialSums &problem, size_t threads);
