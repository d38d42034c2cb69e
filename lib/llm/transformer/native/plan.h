// What the tasks of an attention share: its keys and values as the loops read them, and how the queries fall into tasks and tiles.
#pragma once

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "attention.h"
#include "threads.h"
#include "vectors.h"

namespace {

constexpr size_t tileRows = 48;
static_assert(tileRows % group == 0, "tiles hold whole groups");

/** What one key-value head of a span holds, as the loops read it. */
struct Keys {
  // Panels [d, pair] of keys, and on the way back of values.
  std::vector<float> keyPanels, valuePanels;
  // Rows [columns, width], zeros behind them: of keys on the way back, of values on the way there.
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
  for (size_t j = 0; j < seen.rows.size(); j++) setColumn(from + seen.rows[j] * stride, 1, d, j, panels.data());
}

void packRows(const Seen &seen, const float *from, size_t stride, size_t d, size_t width, std::vector<float> &rows) {
  for (size_t j = 0; j < seen.rows.size(); j++) std::copy_n(from + seen.rows[j] * stride, d, rows.data() + j * width);
}

Plan::Plan(const Attention &all, size_t threads, bool backward)
    : attention(all), width(roundUp(all.d, pair)), seen(seenBy(all)), keys(all.spanCount * all.kvHeads) {
  const auto &[rows, heads, kvHeads, d, spans, spanCount, qk, v] = attention;
  // Memory is taken here: what a thread throws would end the process.
  for (size_t at = 0; at < keys.size(); at++) {
    const size_t columns = seen[at / kvHeads].columns;
    keys[at].keyPanels.resize(columns * d);
    keys[at].valuePanels.resize(backward ? columns * d : 0);
    keys[at].keyRows.resize(backward ? columns * width : 0);
    keys[at].valueRows.resize(backward ? 0 : columns * width);
  }
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

/** One head of some queries of a span. */
struct Task {
  size_t span, head;
  // Its queries, and the one behind them.
  size_t first, end;
  // Where its sums for keys and values lie.
  size_t begin;
};

/** Numbers in a task's sums: for each key that the span sees, those of the key and of the value. */
size_t sumsOf(const Plan &plan, size_t span) { return 2 * plan.seen[span].columns * plan.width; }

/** A span's heads in two parts each, of about the same work, so that two threads are done at the same time. */
std::vector<Task> tasksOf(const Plan &plan) {
  std::vector<Task> tasks;
  size_t sums = 0;
  for (size_t span = 0; span < plan.seen.size(); span++) {
    const size_t length = plan.seen[span].span.length, before = plan.seen[span].span.before;
    // Work grows with the keys seen: half of the area below the diagonal lies behind .7 of the rows.
    const double half = std::sqrt((double(before) * before + double(before + length) * (before + length)) / 2) - before;
    const size_t middle = std::min(length, roundUp(static_cast<size_t>(half), tileRows));
    for (size_t head = 0; head < plan.attention.heads; head++) {
      for (const auto &[first, end] : {std::pair{size_t(0), middle}, std::pair{middle, length}}) {
        if (first == end) continue;
        tasks.push_back({span, head, first, end, sums});
        sums += sumsOf(plan, span);
      }
    }
  }
  return tasks;
}

}  // namespace
