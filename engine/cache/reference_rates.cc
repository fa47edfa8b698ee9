#include <algorithm>
#include <cmath>
#include <limits>
#include <queue>
#include <stdexcept>
#include <unordered_map>
#include <utility>

#include "cache/replacement.h"

namespace plimsoll {
namespace {

constexpr std::size_t kNever = std::numeric_limits<std::size_t>::max();

// By access: when the same extent is accessed next.
std::vector<std::size_t> next_uses(std::span<const ExtentId> accesses) {
  std::vector<std::size_t> next(accesses.size(), kNever);
  std::unordered_map<ExtentId, std::size_t> seen;
  for (std::size_t i = accesses.size(); i-- > 0;) {
    const auto [at, first] = seen.try_emplace(accesses[i], i);
    if (!first) next[i] = std::exchange(at->second, i);
  }
  return next;
}

// Expected number of distinct extents drawn in `time`, and its derivative.
struct Drawn {
  double extents = 0.0;
  double slope = 0.0;
};

Drawn drawn_within(double time, std::span<const double> probabilities) {
  Drawn drawn;
  for (const double p : probabilities) {
    const double missed = std::exp(-p * time);
    drawn.extents += 1.0 - missed;
    drawn.slope += p * missed;
  }
  return drawn;
}

// The time in which `capacity` distinct extents are drawn. The number is concave in time, so that
// Newton's method from 0 comes near from below, step by step, until rounding stops it.
double characteristic_time(std::span<const double> probabilities, double capacity) {
  double time = 0.0;
  while (true) {
    const Drawn drawn = drawn_within(time, probabilities);
    const double step = (capacity - drawn.extents) / drawn.slope;
    if (!(step > time * 1e-13)) return time;
    time += step;
  }
}

}  // namespace

double belady_hit_rate(std::span<const ExtentId> accesses, std::size_t capacity) {
  if (accesses.empty()) return 0.0;
  const std::vector<std::size_t> next = next_uses(accesses);
  // What is held is known by its next use; the top is used farthest in the future. An entry whose
  // time has come was hit and left for its next one, so only the future is in the queue.
  std::vector<char> held(accesses.size());  // by access: what was accessed then is held for it
  std::priority_queue<std::size_t> future;
  std::size_t count = 0;
  std::size_t hits = 0;
  for (std::size_t i = 0; i < accesses.size(); ++i) {
    if (held[i]) {
      ++hits;
      --count;
    }
    if (next[i] == kNever) continue;
    held[next[i]] = 1;
    future.push(next[i]);
    if (++count > capacity) {
      held[future.top()] = 0;
      future.pop();
      --count;
    }
  }
  return static_cast<double>(hits) / static_cast<double>(accesses.size());
}

double che_hit_rate(std::span<const double> probabilities, double capacity) {
  double total = 0.0;
  double drawable = 0.0;
  for (const double p : probabilities) {
    if (!(p >= 0.0 && std::isfinite(p))) throw std::invalid_argument("a probability is at least 0");
    total += p;
    drawable += p > 0.0 ? 1.0 : 0.0;
  }
  if (total == 0.0 || !(capacity > 0.0)) return 0.0;
  if (capacity >= drawable) return 1.0;
  std::vector<double> shares;
  for (const double p : probabilities) shares.push_back(p / total);
  const double time = characteristic_time(shares, capacity);
  double hits = 0.0;
  for (const double share : shares) hits += share * -std::expm1(-share * time);
  return hits;
}

}  // namespace plimsoll
