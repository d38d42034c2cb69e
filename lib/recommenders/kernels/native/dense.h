#pragma once
#include <cstddef>

/** Inputs X [n, k] of a layer of h outputs, row-major. */
struct Dense {
  const float *x;
  size_t n, k, h;
};

/** Y [n, h] = max(0, X W + b) for W [k, h] and b [h]. `threads` changes no result, here and below. */
void denseForward(const Dense &dense, const float *w, const float *b, float *y, size_t threads);

/** Adds X' D to dW and D's column sums to dB, for D [n, h]. */
void denseBackward(const Dense &dense, const float *d, float *dW, float *dB, size_t threads);
