#include "routing/routing_statistics.h"

#include <algorithm>
#include <cmath>
#include <list>
#include <vector>

#include "support/catch.h"

namespace plimsoll {
namespace {

// An LRU cache as one would explain it.
class PlainLru {
 public:
  explicit PlainLru(std::size_t entries) : entries_(entries) {}
  bool access(int item) {
    const auto found = std::find(held_.begin(), held_.end(), item);
    const bool hit = found != held_.end();
    if (hit) held_.erase(found);
    held_.push_front(item);
    if (held_.size() > entries_) held_.pop_back();
    return hit;
  }

 private:
  std::size_t entries_;
  std::list<int> held_;
};

double plain_hit_rate(const RoutingTrace& trace, bool shared, std::size_t entries, int skipped) {
  std::vector<PlainLru> caches(static_cast<std::size_t>(trace.shape.layers), PlainLru(entries));
  const auto width = static_cast<std::size_t>(trace.shape.per_token);
  double hits = 0.0;
  double accesses = 0.0;
  for (int token = 0; token < trace.tokens; ++token) {
    const auto experts = trace.token(token);
    for (std::size_t i = 0; i < experts.size(); ++i) {
      const auto layer = static_cast<int>(i / width);
      const bool hit = shared ? caches[0].access(layer * trace.shape.experts + experts[i])
                              : caches[static_cast<std::size_t>(layer)].access(experts[i]);
      if (token < skipped) continue;
      hits += hit;
      ++accesses;
    }
  }
  return hits / accesses;
}

TEST_CASE("stack distances are LRU caches of all sizes", "[routing]") {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    RoutingProcess process({.skew = 0.3 * static_cast<double>(seed), .reuse = 0.4, .memory = 3.0},
                           {.layers = 3, .experts = 20, .per_token = 4}, seed);
    const RoutingTrace trace = record(process, 60);
    for (const bool shared : {false, true}) {
      for (const int skipped : {0, 25}) {
        const LruCurve curve(trace, shared ? CacheScope::shared : CacheScope::per_layer, skipped);
        CHECK(curve.hit_rate(0) == 0.0);
        for (const std::size_t entries : {1u, 3u, 4u, 5u, 11u, 20u, 37u, 60u, 100u}) {
          CAPTURE(seed, shared, skipped, entries);
          CHECK(curve.hit_rate(static_cast<std::int64_t>(entries)) ==
                Approx(plain_hit_rate(trace, shared, entries, skipped)).margin(1e-12));
        }
        CHECK(curve.unbounded() == curve.hit_rate(60));
      }
    }
  }
}

// Below one token's experts a shared cache has dropped each layer's before they are asked for
// again.
TEST_CASE("a shared LRU cache below one token hits nothing", "[routing]") {
  RoutingProcess process({.skew = 2.0, .reuse = 0.9, .memory = 1.0},
                         {.layers = 10, .experts = 32, .per_token = 4}, 1);
  const LruCurve curve(record(process, 100), CacheScope::shared);
  CHECK(curve.hit_rate(36) == 0.0);  // even if every token repeated the one before
  CHECK(curve.hit_rate(40) > 0.0);
}

// t tokens of k out of n each: an expert is in none with probability (1 - k/n)^t. Whether two
// experts were touched is negatively related, so that the sum of their variances is an upper bound.
TEST_CASE("distinct experts without skew or reuse", "[routing]") {
  constexpr int layers = 50;
  constexpr int samples = 20;
  constexpr double n = 128.0;
  for (const int tokens : {1, 2, 16, 100}) {
    RoutingProcess process({}, {.layers = layers, .experts = 128, .per_token = 8}, 4);
    const double untouched = std::pow(1.0 - 8.0 / n, tokens);
    const double sigma = std::sqrt(n * untouched * (1.0 - untouched) / (layers * samples));
    CAPTURE(tokens);
    CHECK(std::abs(distinct_experts(process, tokens, samples) - n * (1.0 - untouched)) <=
          5.0 * sigma * (tokens > 1) + 1e-9);
  }
}

// Two independent tokens of k out of n share k^2 / n experts in the mean (hypergeometric), and how
// many does not depend on the first of them.
TEST_CASE("overlap without skew or reuse", "[routing]") {
  constexpr double n = 32.0;
  constexpr double k = 6.0;
  RoutingProcess process({}, {.layers = 20, .experts = 32, .per_token = 6}, 4);
  const double variance = k * (k / n) * (1.0 - k / n) * (n - k) / (n - 1.0);
  const double sigma = std::sqrt(variance / (20.0 * 1999.0)) / k;
  CHECK(std::abs(routing_statistics(process, 2000, {}).overlap - k / n) < 5.0 * sigma);
}

// Three tokens, two layers, ten experts, worked out by hand.
TEST_CASE("statistics of a small trace", "[routing]") {
  const RoutingTrace trace{.shape = {.layers = 2, .experts = 10, .per_token = 2},
                           .tokens = 3,
                           .experts = {0, 1, 5, 6,    // layer 0, layer 1
                                       1, 2, 5, 7,    //
                                       0, 1, 5, 6}};  //
  const RoutingStatistics statistics = routing_statistics(trace, std::vector<int>{1, 2, 3});
  CHECK(statistics.overlap == Approx((1 + 1 + 1 + 1) / 8.0));
  // Distances: layer 0: - - 0 - 2 2; layer 1: - - 1 - 1 2.
  CHECK(statistics.lru_hit_rate == std::vector<double>{1 / 12.0, 3 / 12.0, 6 / 12.0});
  CHECK(statistics.lru_hit_rate_unbounded == Approx(6 / 12.0));
  CHECK(statistics.distinct == Approx(3.0));
  // One of ten experts: in layer 0 expert 1, in layer 1 expert 5, each three of six uses.
  CHECK(statistics.top_tenth == Approx(0.5));
  CHECK(share_of_hottest(trace, 2) == Approx((3 + 2 + 3 + 2) / 12.0));
  CHECK(share_of_hottest(trace, 99) == Approx(1.0));
}

TEST_CASE("nothing counted is no hit", "[routing]") {
  const RoutingTrace none{
      .shape = {.layers = 2, .experts = 4, .per_token = 1}, .tokens = 0, .experts = {}};
  const RoutingStatistics statistics = routing_statistics(none, std::vector<int>{4});
  CHECK(statistics.overlap == 0.0);
  CHECK(statistics.lru_hit_rate == std::vector<double>{0.0});
  CHECK(statistics.distinct == 0.0);
}

}  // namespace
}  // namespace plimsoll
