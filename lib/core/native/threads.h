#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <system_error>
#include <thread>
#include <vector>

/** As many threads as work of so many multiplications is worth: to start one takes the time of some million. */
inline size_t threadsWorth(double products, size_t threads) {
  return std::min(threads, 1 + static_cast<size_t>(products / 8e6));
}

/** Runs work(part, thread) for each part on at most so many threads, of which the caller's is number 0. */
template <typename Work>
void inParallel(size_t parts, size_t threads, const Work &work) {
  std::atomic<size_t> next{0};
  const auto take = [&](size_t thread) {
    for (size_t part; (part = next++) < parts;) work(part, thread);
  };
  std::vector<std::thread> others;
  try {
    for (size_t t = 1; t < std::min(threads, parts); t++) others.emplace_back(take, t);
  } catch (const std::system_error &) {
    // No more threads to be had: those there are do the work.
  }
  take(0);
  for (std::thread &other : others) other.join();
}
