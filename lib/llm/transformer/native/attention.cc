// Weights are made for a few queries at a time, against all the keys these see, and never kept: the way back makes them again.
#include "attention.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "threads.h"
#include "vectors.h"

namespace {

constexpr size_t tileRows = 48;
// Keys whose gradients are summed in registers together.
constexpr size_t keyGroup = lanes == 16 ? 8 : 4;
static_assert(tileRows % group == 0 && pair % keyGroup == 0, "tiles hold whole groups");

/** What one key-value head of a span holds, as the loops read it. */
struct Keys {
  // Panels [d, pair] of keys and of values.
  std::vector<float> keyPanels, valuePanels;
  // Their rows [columns, width], zeros behind them.
  std::vector<float> keyRows, valueRows;
};

/** A span with the rows of its keys: its ancestors', then its own. */
struct Seen {
  Span span;
  std::vector<size_t> rows;
  size_t columns;
};

/** The attention with everything that its tasks share. */
struct Plan {
  Plan(const Attention &attention, size_t threads, bool backward);
  const Attention &attention;
  size_t width;
  std::vector<Seen> seen;
  // Per span and key-value head.
  std::vector<Keys> keys;
};

std::vector<Seen> seenBy(const Attention &attention) {
  std::vector<Seen> seen;
  for (size_t i = 0; i < attention.spanCount; i++) {
    const Span &span = attention.spans[i];
    std::vector<size_t> rows;
    if (span.parent >= 0) rows = seen[span.parent].rows;
    for (int32_t at = 0; at < span.length; at++) rows.push_back(span.start + at);
    const size_t columns = roundUp(rows.size(), pair);
    seen.push_back({span, std::move(rows), columns});
  }
  return seen;
}

void packPanels(const Seen &seen, const float *from, size_t stride, size_t d, std::vector<float> &panels) {
  panels.assign(seen.columns * d, 0);
  for (size_t j = 0; j < seen.rows.size(); j++) {
    float *panel = panels.data() + j / pair * pair * d + j % pair;
    for (size_t k = 0; k < d; k++) panel[k * pair] = from[seen.rows[j] * stride + k];
  }
}

void packRows(const Seen &seen, const float *from, size_t stride, size_t d, size_t width, std::vector<float> &rows) {
  rows.assign(seen.columns * width, 0);
  for (size_t j = 0; j < seen.rows.size(); j++) std::copy_n(from + seen.rows[j] * stride, d, rows.data() + j * width);
}

Plan::Plan(const Attention &all, size_t threads, bool backward)
    : attention(all), width(roundUp(all.d, pair)), seen(seenBy(all)), keys(all.spanCount * all.kvHeads) {
  const auto &[rows, heads, kvHeads, d, spans, spanCount, qk, v] = attention;
  inParallel(keys.size(), threads, [&, heads = heads, kvHeads = kvHeads, d = d, qk = qk, v = v](size_t at, size_t) {
    const Seen &span = seen[at / kvHeads];
    const float *keyColumns = qk + (heads + at % kvHeads) * d, *valueColumns = v + at % kvHeads * d;
    const size_t stride = (heads + kvHeads) * d;
    packPanels(span, keyColumns, stride, d, keys[at].keyPanels);
    if (backward) {
      packRows(span, keyColumns, stride, d, width, keys[at].keyRows);
      packPanels(span, valueColumns, kvHeads * d, d, keys[at].valuePanels);
    } else {
      packRows(span, valueColumns, kvHeads * d, d, width, keys[at].valueRows);
    }
  });
}

/** What a thread works in: rows of a tile, and their scores or weights. */
struct Scratch {
  explicit Scratch(const Plan &plan) {
    size_t columns = 0;
    for (const Seen &seen : plan.seen) columns = std::max(columns, seen.columns);
    weights.resize(tileRows * columns);
    gradients.resize(tileRows * columns);
    left.resize(tileRows * plan.width);
    right.resize(tileRows * plan.width);
    out.resize(tileRows * plan.width);
  }
  std::vector<float> weights, gradients, left, right, out;
};

/** Queries of one head of a span: `count` rows from `first`, which see `keys` keys or fewer, `columns` rounded up. */
struct Tile {
  Tile(const Seen &seen, size_t first)
      : first(first),
        count(std::min(tileRows, seen.span.length - first)),
        rows(roundUp(count, group)),
        before(seen.span.before + first),
        columns(roundUp(before + count, pair)) {}
  size_t first, count, rows, before, columns;
  /** The keys that row r sees. */
  size_t seenBy(size_t r) const { return before + r + 1; }
};

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
  for (size_t j = 0; j < tile.columns; j += keyGroup) {
    for (size_t c = 0; c < width; c += pair) {
      Floats left[keyGroup], right[keyGroup];
      for (size_t k = 0; k < keyGroup; k++) {
        left[k] = load(out + (j + k) * width + c);
        right[k] = load(out + (j + k) * width + c + lanes);
      }
      for (size_t r = 0; r < tile.count; r++) {
        const Floats a = load(x.data() + r * width + c), b = load(x.data() + r * width + c + lanes);
        const float *own = weights.data() + r * tile.columns + j;
#pragma GCC unroll 8
        for (size_t k = 0; k < keyGroup; k++) {
          left[k] += a * own[k];
          right[k] += b * own[k];
        }
      }
      for (size_t k = 0; k < keyGroup; k++) {
        store(out + (j + k) * width + c, left[k]);
        store(out + (j + k) * width + c + lanes, right[k]);
      }
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

/** One head of some queries of a span. */
struct Task {
  size_t span, head;
  // Its queries, and the one behind them.
  size_t first, end;
  // Where its sums for keys and values lie.
  size_t begin;
};

/**
 * A span's heads in two parts each, of about the same work, so that two threads are done at the same time; `sums` counts what
 * their sums take.
 */
std::vector<Task> tasksOf(const Plan &plan, size_t &sums) {
  std::vector<Task> tasks;
  sums = 0;
  for (size_t span = 0; span < plan.seen.size(); span++) {
    const size_t length = plan.seen[span].span.length, before = plan.seen[span].span.before;
    // Work grows with the keys seen: half of the area below the diagonal lies behind .7 of the rows.
    const double half = std::sqrt((double(before) * before + double(before + length) * (before + length)) / 2) - before;
    const size_t middle = std::min(length, roundUp(static_cast<size_t>(half), tileRows));
    for (size_t head = 0; head < plan.attention.heads; head++) {
      for (const auto &[first, end] : {std::pair{size_t(0), middle}, std::pair{middle, length}}) {
        if (first == end) continue;
        tasks.push_back({span, head, first, end, sums});
        sums += 2 * plan.seen[span].columns * plan.width;
      }
    }
  }
  return tasks;
}

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

/** From dP to dS = P (dP - <P, dP>), in dP's place. */
void softmaxBackward(const float *weights, size_t count, size_t columns, float *gradients) {
  Floats sums = {};
  // Weights are zero behind the last key.
  for (size_t j = 0; j < roundUp(count, lanes); j += lanes) sums += load(weights + j) * load(gradients + j);
  const float mean = sumOf(sums);
  for (size_t j = 0; j < columns; j += lanes) store(gradients + j, load(weights + j) * (load(gradients + j) - mean));
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

}  // namespace

void attentionForward(const Attention &attention, float *out, float *logSums, size_t threads) {
  const Plan plan(attention, threads, false);
  size_t unused;
  const std::vector<Task> tasks = tasksOf(plan, unused);
  std::vector<Scratch> scratches(std::min(threads, tasks.size()), Scratch(plan));
  inParallel(tasks.size(), threads, [&](size_t at, size_t thread) {
    taskForward(plan, tasks[at], scratches[thread], out, logSums);
  });
}

void attentionBackward(const Attention &attention, const float *logSums, const float *dOut, float *dQk, float *dV,
                       size_t threads) {
  const Plan plan(attention, threads, true);
  size_t sumCount;
  const std::vector<Task> tasks = tasksOf(plan, sumCount);
  std::vector<float> sums(sumCount, 0);
  std::vector<Scratch> scratches(std::min(threads, tasks.size()), Scratch(plan));
  inParallel(tasks.size(), threads, [&](size_t at, size_t thread) {
    taskBackward(plan, tasks[at], scratches[thread], logSums, dOut, dQk, sums.data() + tasks[at].begin);
  });
  inParallel(attention.kvHeads, threads, [&](size_t own, size_t) { addKeySums(plan, tasks, sums, own, dQk, dV); });
}
