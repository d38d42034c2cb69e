#pragma once
#include <cstddef>
#include <cstdint>

/** Rows of one dialogue, or of a beginning that several share. */
struct Span {
  int32_t start, length;
  // The span with the rows before it, or -1, and how many rows its ancestors have together.
  int32_t parent, before;
};

/** Causal grouped-query attention over N packed rows; a span's queries see its ancestors' keys and its own. */
struct Attention {
  size_t rows, heads, kvHeads, d;
  const Span *spans;
  size_t spanCount;
  // Queries, scaled and turned, then keys [N, (heads + kvHeads) d]; values [N, kvHeads d].
  const float *qk, *v;
};

/** Writes out [N, heads d] and the logarithms of the denominators [N, heads]. `threads` changes no result. */
void attentionForward(const Attention &attention, float *out, float *logSums, size_t threads);

/** From dOut writes the gradients of qk and v, in their shapes, with the weights made anew. */
void attentionBackward(const Attention &attention, const float *logSums, const float *dOut, float *dQk, float *dV,
                       size_t threads);
