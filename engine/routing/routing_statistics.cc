#include "routing/routing_statistics.h"

#include <algorithm>
#include <functional>
#include <numeric>

#include "base/contains.h"
#include "routing/stack_distances.h"

namespace plimsoll {
namespace {

std::span<const std::uint16_t> layer_of(const RoutingTrace& trace, int token, int layer) {
  const auto width = static_cast<std::size_t>(trace.shape.per_token);
  return trace.token(token).subspan(static_cast<std::size_t>(layer) * width, width);
}

double ratio(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

double overlap(const RoutingTrace& trace) {
  std::int64_t shared = 0;
  for (int token = 1; token < trace.tokens; ++token) {
    for (int layer = 0; layer < trace.shape.layers; ++layer) {
      const auto before = layer_of(trace, token - 1, layer);
      const auto now = layer_of(trace, token, layer);
      shared += std::count_if(now.begin(), now.end(),
                              [&](std::uint16_t expert) { return contains(before, expert); });
    }
  }
  return ratio(shared, std::max<std::int64_t>(trace.tokens - 1, 0) * trace.shape.layers *
                           trace.shape.per_token);
}

// Uses of each expert of a layer.
std::vector<std::int64_t> uses(const RoutingTrace& trace, int layer) {
  std::vector<std::int64_t> count(static_cast<std::size_t>(trace.shape.experts), 0);
  for (int token = 0; token < trace.tokens; ++token)
    for (const std::uint16_t expert : layer_of(trace, token, layer)) ++count[expert];
  return count;
}

double mean_distinct(const RoutingTrace& trace) {
  std::int64_t touched = 0;
  for (int layer = 0; layer < trace.shape.layers; ++layer) {
    const std::vector<std::int64_t> count = uses(trace, layer);
    touched += std::count_if(count.begin(), count.end(), [](std::int64_t n) { return n > 0; });
  }
  return ratio(touched, trace.shape.layers);
}

}  // namespace

LruCurve::LruCurve(const RoutingTrace& trace, CacheScope scope, int skipped) {
  const auto layers = static_cast<std::size_t>(trace.shape.layers);
  const auto experts = static_cast<std::size_t>(trace.shape.experts);
  const bool shared = scope == CacheScope::shared;
  const std::size_t in_cache = shared ? layers * experts : experts;
  std::vector<StackDistances> caches(
      shared ? 1 : layers, StackDistances(in_cache, trace.experts.size() / (shared ? 1 : layers)));
  hits_.resize(in_cache, 0);
  for (int token = 0; token < trace.tokens; ++token) {
    for (std::size_t layer = 0; layer < layers; ++layer) {
      for (const std::uint16_t expert : layer_of(trace, token, static_cast<int>(layer))) {
        const auto distance =
            shared ? caches[0].access(layer * experts + expert) : caches[layer].access(expert);
        if (token < skipped) continue;
        ++accesses_;
        if (distance) ++hits_[*distance];
      }
    }
  }
  std::partial_sum(hits_.begin(), hits_.end(), hits_.begin());
}

double LruCurve::hit_rate(std::int64_t entries) const {
  if (entries <= 0 || hits_.empty()) return 0.0;
  const auto last = std::min(static_cast<std::size_t>(entries), hits_.size()) - 1;
  return ratio(hits_[last], accesses_);
}

RoutingStatistics routing_statistics(const RoutingTrace& trace, std::span<const int> entries) {
  const LruCurve curve(trace, CacheScope::per_layer);
  RoutingStatistics statistics;
  statistics.overlap = overlap(trace);
  for (const int each : entries) statistics.lru_hit_rate.push_back(curve.hit_rate(each));
  statistics.lru_hit_rate_unbounded = curve.unbounded();
  statistics.distinct = mean_distinct(trace);
  statistics.top_tenth = share_of_hottest(trace, std::max(trace.shape.experts / 10, 1));
  return statistics;
}

RoutingStatistics routing_statistics(RoutingProcess& process, int tokens,
                                     std::span<const int> entries) {
  return routing_statistics(record(process, tokens), entries);
}

double share_of_hottest(const RoutingTrace& trace, int count) {
  std::int64_t hot = 0;
  for (int layer = 0; layer < trace.shape.layers; ++layer) {
    std::vector<std::int64_t> used = uses(trace, layer);
    std::sort(used.begin(), used.end(), std::greater<>());
    const auto end = used.begin() + std::clamp(count, 0, trace.shape.experts);
    hot = std::accumulate(used.begin(), end, hot);
  }
  return ratio(hot, static_cast<std::int64_t>(trace.experts.size()));
}

double distinct_experts(RoutingProcess& process, int tokens, int samples) {
  double sum = 0.0;
  for (int i = 0; i < samples; ++i) sum += mean_distinct(record(process, tokens));
  return samples == 0 ? 0.0 : sum / samples;
}

}  // namespace plimsoll
