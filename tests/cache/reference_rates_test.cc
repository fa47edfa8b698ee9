#include <algorithm>
#include <cmath>
#include <numeric>
#include <rapidcheck/catch.h>
#include <stdexcept>
#include <vector>

#include "base/rng.h"
#include "cache/replacement.h"
#include "support/catch.h"

namespace plimsoll {
namespace {

using Trace = std::vector<ExtentId>;

std::vector<double> zipf(std::size_t extents, double exponent) {
  std::vector<double> p(extents);
  for (std::size_t i = 0; i < extents; ++i) p[i] = std::pow(static_cast<double>(i + 1), -exponent);
  const double sum = std::accumulate(p.begin(), p.end(), 0.0);
  for (double& each : p) each /= sum;
  return p;
}

Trace draws(const std::vector<double>& probabilities, std::size_t count, const char* stream) {
  std::vector<double> below(probabilities.size());
  std::partial_sum(probabilities.begin(), probabilities.end(), below.begin());
  Rng rng(7, stream);
  Trace trace(count);
  for (ExtentId& extent : trace) {
    const auto at = std::upper_bound(below.begin(), below.end() - 1, rng.uniform() * below.back());
    extent = static_cast<ExtentId>(at - below.begin());
  }
  return trace;
}

struct Measured {
  double rate = 0.0;
  double error = 0.0;  // standard error, from the spread between batches
};

// After a first third to forget the start; batches are long against the time an extent stays.
Measured hit_rate(ReplacementKind kind, std::size_t capacity, std::size_t extents,
                  const Trace& trace) {
  const std::vector<std::int64_t> bytes(extents, 1);
  const auto cache = make_replacement(
      {.kind = kind, .capacity_bytes = static_cast<std::int64_t>(capacity), .extent_bytes = bytes});
  const std::size_t first = trace.size() / 3;
  for (std::size_t i = 0; i < first; ++i) cache->access(trace[i]);
  constexpr std::size_t kBatches = 30;
  const std::size_t length = (trace.size() - first) / kBatches;
  double sum = 0.0;
  double squares = 0.0;
  for (std::size_t batch = 0; batch < kBatches; ++batch) {
    int hits = 0;
    for (std::size_t i = 0; i < length; ++i)
      hits += cache->access(trace[first + batch * length + i]);
    const double rate = hits / static_cast<double>(length);
    sum += rate;
    squares += rate * rate;
  }
  const double mean = sum / kBatches;
  const double variance = (squares / kBatches - mean * mean) / (kBatches - 1);
  return {.rate = mean, .error = std::sqrt(std::max(variance, 0.0))};
}

double drawn_within(double time, const std::vector<double>& probabilities) {
  double extents = 0.0;
  for (const double p : probabilities) extents += 1.0 - std::exp(-p * time);
  return extents;
}

// How far Che's approximation may be off (Fricker, Robert and Roberts 2012, section 3): it leaves
// out that the time T in which `capacity` others are drawn depends on which extent asks, and that T
// varies. Both to leading order in the hit probability 1 - exp(-p T) of each extent.
double che_inaccuracy(const std::vector<double>& probabilities, double capacity) {
  double low = 0.0;
  double high = 1.0;
  while (drawn_within(high, probabilities) < capacity) high *= 2.0;
  for (int i = 0; i < 100; ++i) {
    const double middle = 0.5 * (low + high);
    (drawn_within(middle, probabilities) < capacity ? low : high) = middle;
  }
  double slope = 0.0;
  double variance = 0.0;
  for (const double p : probabilities) {
    const double missed = std::exp(-p * low);
    slope += p * missed;
    variance += missed * (1.0 - missed);
  }
  double inaccuracy = 0.0;
  for (const double p : probabilities) {
    const double missed = std::exp(-p * low);
    inaccuracy += p * p * missed * (1.0 - missed) / slope;
    inaccuracy += 0.5 * p * p * p * missed * variance / (slope * slope);
  }
  return inaccuracy;
}

TEST_CASE("LRU hits what Che's approximation says for independent Zipf draws") {
  for (const double exponent : {0.6, 0.8, 1.0}) {
    const std::vector<double> p = zipf(2000, exponent);
    const Trace trace = draws(p, 600'000, "zipf");
    for (const std::size_t capacity : {50U, 200U, 800U, 1600U}) {
      CAPTURE(exponent, capacity);
      const Measured lru = hit_rate(ReplacementKind::lru, capacity, p.size(), trace);
      const auto size = static_cast<double>(capacity);
      const double che = che_hit_rate(p, size);
      // 4 standard errors: one in 16,000 by chance.
      CHECK(std::abs(lru.rate - che) <= 4.0 * lru.error + che_inaccuracy(p, size));
      CHECK(che_inaccuracy(p, size) < 0.01);
    }
  }
}

TEST_CASE("LFU lies between LRU and the most popular extents for independent Zipf draws") {
  // No policy without foresight does better under independent draws than to hold the most popular
  // (Aho, Denning and Ullman 1971); counting uses comes nearer to that than recency does.
  const std::vector<double> p = zipf(2000, 0.8);
  const Trace trace = draws(p, 600'000, "lfu");
  for (const std::size_t capacity : {50U, 200U, 800U, 1600U}) {
    CAPTURE(capacity);
    const Measured lfu = hit_rate(ReplacementKind::lfu, capacity, p.size(), trace);
    const double best = std::accumulate(p.begin(), p.begin() + static_cast<long>(capacity), 0.0);
    CHECK(lfu.rate <= best + 4.0 * lfu.error);
    const auto size = static_cast<double>(capacity);
    CHECK(lfu.rate >= che_hit_rate(p, size) - 4.0 * lfu.error - che_inaccuracy(p, size));
  }
}

TEST_CASE("LRU of two extents hits what King's formula says") {
  // King 1971: the two last distinct extents are (i, j) with probability p_i p_j / (1 - p_i).
  const std::vector<double> p{0.5, 0.25, 0.15, 0.1};
  double expected = 0.0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    for (std::size_t j = 0; j < p.size(); ++j) {
      if (i != j) expected += p[i] * p[j] / (1.0 - p[i]) * (p[i] + p[j]);
    }
  }
  const Measured lru = hit_rate(ReplacementKind::lru, 2, p.size(), draws(p, 600'000, "king"));
  CHECK(std::abs(lru.rate - expected) <= 4.0 * lru.error);
}

TEST_CASE("Che's approximation where it is exact") {
  // Equal probabilities: capacity / extents, however they are scaled.
  CHECK(che_hit_rate(std::vector<double>(40, 3.0), 10.0) == Approx(0.25).epsilon(1e-10));
  CHECK(che_hit_rate(std::vector<double>(40, 0.025), 39.999) == Approx(39.999 / 40).epsilon(1e-10));
  const std::vector<double> some{0.5, 0.0, 0.5};
  CHECK(che_hit_rate(some, 0.0) == 0.0);
  CHECK(che_hit_rate(some, 1.0) == Approx(0.5).epsilon(1e-10));
  CHECK(che_hit_rate(some, 2.0) == 1.0);  // the third is never drawn
  CHECK(che_hit_rate({}, 1.0) == 0.0);
  CHECK_THROWS_AS(che_hit_rate(std::vector<double>{0.5, -0.1}, 1.0), std::invalid_argument);
  CHECK_THROWS_AS(che_hit_rate(std::vector<double>{NAN}, 1.0), std::invalid_argument);
}

TEST_CASE("Che's hit rate grows with the cache") {
  const std::vector<double> p = zipf(300, 1.2);
  double before = 0.0;
  for (double capacity = 0.5; capacity < 301.0; capacity += 0.5) {
    const double rate = che_hit_rate(p, capacity);
    CHECK(rate >= before);
    before = rate;
  }
  CHECK(before == 1.0);
}

// The most hits that any choice of what to hold leads to, all of them tried.
int most_hits(const Trace& trace, std::size_t at, std::vector<ExtentId> held,
              std::size_t capacity) {
  if (at == trace.size()) return 0;
  const bool hit = std::ranges::find(held, trace[at]) != held.end();
  int best = most_hits(trace, at + 1, held, capacity);
  if (hit) return best + 1;
  if (held.size() < capacity) {
    held.push_back(trace[at]);
    return std::max(best, most_hits(trace, at + 1, held, capacity));
  }
  for (ExtentId& victim : held) {
    const ExtentId kept = std::exchange(victim, trace[at]);
    best = std::max(best, most_hits(trace, at + 1, held, capacity));
    victim = kept;
  }
  return best;
}

Trace random_trace(std::size_t longest, ExtentId extents) {
  Trace trace(*rc::gen::inRange<std::size_t>(1, longest));
  for (ExtentId& extent : trace) extent = *rc::gen::inRange<ExtentId>(0, extents);
  return trace;
}

TEST_CASE("Belady's rate is the best of all choices") {
  rc::prop("tried out", [] {
    const Trace trace = random_trace(11, 5);
    const auto capacity = *rc::gen::inRange<std::size_t>(0, 4);
    const int best = most_hits(trace, 0, {}, capacity);
    const double rate = belady_hit_rate(trace, capacity);
    RC_ASSERT(std::abs(rate * static_cast<double>(trace.size()) - best) < 1e-9);
  });
  CHECK(belady_hit_rate({}, 3) == 0.0);
}

TEST_CASE("Belady's rate is never below a policy's") {
  rc::prop("all that replace", [] {
    const Trace trace = random_trace(300, 30);
    const auto capacity = *rc::gen::inRange<std::int64_t>(0, 25);
    const double bound = belady_hit_rate(trace, static_cast<std::size_t>(capacity));
    const std::vector<std::int64_t> bytes(30, 1);
    for (const ReplacementKind kind : {ReplacementKind::lru, ReplacementKind::two_list,
                                       ReplacementKind::clock_pro, ReplacementKind::lfu}) {
      const auto cache =
          make_replacement({.kind = kind, .capacity_bytes = capacity, .extent_bytes = bytes});
      int hits = 0;
      for (const ExtentId extent : trace) hits += cache->access(extent);
      RC_ASSERT(hits <= bound * static_cast<double>(trace.size()) + 1e-9);
    }
  });
}

}  // namespace
}  // namespace plimsoll
