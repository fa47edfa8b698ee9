// What is counted of a routing: how much neighbouring tokens share, how often an LRU cache would
// hit, how unevenly experts are used.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "routing/routing_process.h"
#include "routing/routing_trace.h"

namespace plimsoll {

enum class CacheScope {
  per_layer,  // each layer has a cache of its own
  shared,     // one cache holds the experts of all layers
};

// LRU hit rates of all cache sizes from one pass, by stack distances (Mattson et al. 1970).
class LruCurve {
 public:
  // From an empty cache; the first `skipped` tokens fill it and are not counted.
  LruCurve(const RoutingTrace& trace, CacheScope scope, int skipped = 0);

  // With room for that many experts, of a layer or of all together.
  double hit_rate(std::int64_t entries) const;
  double unbounded() const { return hit_rate(static_cast<std::int64_t>(hits_.size())); }

 private:
  std::vector<std::int64_t> hits_;  // [c]: accesses that a cache of c + 1 entries hits
  std::int64_t accesses_ = 0;
};

struct RoutingStatistics {
  double overlap =
      0.0;  // share of a token's experts that the previous token used in the same layer
  std::vector<double> lru_hit_rate;  // at `entries` per layer, over the run from an empty cache
  double lru_hit_rate_unbounded = 0.0;
  double distinct = 0.0;   // experts touched per layer over the run, mean over layers
  double top_tenth = 0.0;  // share of uses that falls on the most used tenth of a layer's experts
};

// `entries` per layer, each layer a cache of its own.
RoutingStatistics routing_statistics(const RoutingTrace& trace, std::span<const int> entries);
// Of the next `tokens` tokens of the process.
RoutingStatistics routing_statistics(RoutingProcess& process, int tokens,
                                     std::span<const int> entries);

// Share of uses that falls on each layer's `count` most used experts, mean over layers.
double share_of_hottest(const RoutingTrace& trace, int count);

// Distinct experts of one layer that `tokens` tokens one after another touch, mean over layers and
// `samples` stretches of the process: what a prompt's chunk or a speculated run reads.
double distinct_experts(RoutingProcess& process, int tokens, int samples);

}  // namespace plimsoll
