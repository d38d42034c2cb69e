// Weights are made for a few queries at a time, against all the keys these see, and never kept: the way back makes them again.
#include "attention.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "plan.h"
#include "products.h"
#include "threads.h"

namespace {

void taskForward(const Plan &plan, const Task &task, Scratch &scratch, float *out, float *logSums) {
  const auto &[rows, heads, kvHeads, d, spans, spanCount, qk, v] = plan.attention;
  const size_t head = task.head;
  const Seen &seen = plan.seen[task.span];
  const Keys &keys = plan.keys[task.span * kvHeads + head / (heads / kvHeads)];
  const size_t stride = (heads + kvHeads) * d;
  float sums[tileRows];
  for (size_t first = task.first; first < task.end; first += tileRows) {
    const Tile tile(seen, first);
    const size_t start = seen.span.start + first;
    copyRows(qk + start * stride + head * d, stride, d, tile, plan.width, scratch.left);
    multiply(scratch.left, keys.keyPanels, tile, plan, scratch.weights);
    clearPast(tile, scratch.weights);
    for (size_t r = 0; r < tile.count; r++) {
      float *own = scratch.weights.data() + r * tile.columns;
      const float most = largestOf(own, tile.seenBy(r));
      sums[r] = exponentials(own, tile.seenBy(r), tile.columns, most);
      logSums[(start + r) * heads + head] = most + std::log(sums[r]);
    }
    gather(scratch.weights, keys.valueRows, tile, plan.width, scratch.out);
    for (size_t r = 0; r < tile.count; r++) {
      const float by = 1 / sums[r];
      for (size_t k = 0; k < d; k++) {
        out[(start + r) * heads * d + head * d + k] = scratch.out[r * plan.width + k] * by;
      }
    }
  }
}

/** Writes the queries' gradients; adds those of the keys and the values seen to `sums`, two [columns, width]. */
void taskBackward(const Plan &plan, const Task &task, Scratch &scratch, const float *logSums, const float *dOut, float *dQk,
                  float *sums) {
  const auto &[rows, heads, kvHeads, d, spans, spanCount, qk, v] = plan.attention;
  const size_t head = task.head;
  const Seen &seen = plan.seen[task.span];
  const Keys &keys = plan.keys[task.span * kvHeads + head / (heads / kvHeads)];
  const size_t stride = (heads + kvHeads) * d;
  float *dKeys = sums, *dValues = sums + seen.columns * plan.width;
  for (size_t first = task.first; first < task.end; first += tileRows) {
    const Tile tile(seen, first);
    const size_t start = seen.span.start + first;
    copyRows(qk + start * stride + head * d, stride, d, tile, plan.width, scratch.left);
    copyRows(dOut + (start * heads + head) * d, heads * d, d, tile, plan.width, scratch.right);
    multiply(scratch.left, keys.keyPanels, tile, plan, scratch.weights);
    multiply(scratch.right, keys.valuePanels, tile, plan, scratch.gradients);
    clearPast(tile, scratch.weights);
    clearPast(tile, scratch.gradients);
    for (size_t r = 0; r < tile.count; r++) {
      float *own = scratch.weights.data() + r * tile.columns;
      exponentials(own, tile.seenBy(r), tile.columns, logSums[(start + r) * heads + head]);
      softmaxBackward(own, tile.seenBy(r), tile.columns, scratch.gradients.data() + r * tile.columns);
    }
    gather(scratch.gradients, keys.keyRows, tile, plan.width, scratch.out);
    for (size_t r = 0; r < tile.count; r++) {
      std::copy_n(scratch.out.data() + r * plan.width, d, dQk + (start + r) * stride + head * d);
    }
    scatter(scratch.gradients, scratch.left, tile, plan.width, dKeys);
    scatter(scratch.weights, scratch.right, tile, plan.width, dValues);
  }
}

/** The gradients of a key-value head's keys and values: the sums of all tasks that see them, in their order. */
void addKeySums(const Plan &plan, const std::vector<Task> &tasks, const std::vector<float> &sums, size_t own, float *dQk,
                float *dV) {
  const auto &[rows, heads, kvHeads, d, spans, spanCount, qk, v] = plan.attention;
  const size_t stride = (heads + kvHeads) * d;
  float *dKeys = dQk + (heads + own) * d, *dValues = dV + own * d;
  for (size_t row = 0; row < rows; row++) {
    std::fill_n(dKeys + row * stride, d, 0.0f);
    std::fill_n(dValues + row * kvHeads * d, d, 0.0f);
  }
  for (const Task &task : tasks) {
    if (task.head / (heads / kvHeads) != own) continue;
    const Seen &seen = plan.seen[task.span];
    const float *keySums = sums.data() + task.begin, *valueSums = keySums + seen.columns * plan.width;
    for (size_t j = 0; j < seen.span.before + task.end; j++) {
      float *key = dKeys + seen.rows[j] * stride, *value = dValues + seen.rows[j] * kvHeads * d;
      for (size_t k = 0; k < d; k++) {
        key[k] += keySums[j * plan.width + k];
        value[k] += valueSums[j * plan.width + k];
      }
    }
  }
}

/** Multiplications of the way there. */
double productsOf(const Attention &attention) {
  double seen = 0;
  for (size_t i = 0; i < attention.spanCount; i++) {
    const Span &span = attention.spans[i];
    seen += span.length * (span.before + span.length / 2.0);
  }
  return 2 * seen * attention.heads * attention.d;
}

}  // namespace

void attentionForward(const Attention &attention, float *out, float *logSums, size_t most) {
  const size_t threads = threadsWorth(productsOf(attention), most);
  const Plan plan(attention, threads, false);
  const std::vector<Task> tasks = tasksOf(plan);
  std::vector<Scratch> scratches(std::min(threads, tasks.size()), Scratch(plan));
  inParallel(tasks.size(), threads, [&](size_t at, size_t thread) {
    taskForward(plan, tasks[at], scratches[thread], out, logSums);
  });
}

void attentionBackward(const Attention &attention, const float *logSums, const float *dOut, float *dQk, float *dV,
                       size_t most) {
  const size_t threads = threadsWorth(2.5 * productsOf(attention), most);
  const Plan plan(attention, threads, true);
  const std::vector<Task> tasks = tasksOf(plan);
  std::vector<float> sums(tasks.back().begin + sumsOf(plan, tasks.back().span), 0);
  std::vector<Scratch> scratches(std::min(threads, tasks.size()), Scratch(plan));
  inParallel(tasks.size(), threads, [&](size_t at, size_t thread) {
    taskBackward(plan, tasks[at], scratches[thread], logSums, dOut, dQk, sums.data() + tasks[at].begin);
  });
  inParallel(attention.kvHeads, threads, [&](size_t own, size_t) { addKeySums(plan, tasks, sums, own, dQk, dV); });
}
