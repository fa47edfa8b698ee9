// Contiguous runs of layers with the smallest largest load.
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <optional>
#include <rapidcheck.h>
#include <vector>

#include "placement/placement.h"
#include "support/catch.h"

namespace plimsoll {
namespace {

double largest_load(const std::vector<double>& weights, const std::vector<double>& capacities,
                    const std::vector<int>& counts) {
  double worst = 0.0;
  std::size_t next = 0;
  for (std::size_t s = 0; s < counts.size(); ++s) {
    double load = 0.0;
    for (int i = 0; i < counts[s]; ++i) load += weights[next++];
    worst = std::max(worst, load / capacities[s]);
  }
  return worst;
}

// Tries every way to cut the layers.
double best_by_trying(const std::vector<double>& weights, const std::vector<double>& capacities) {
  double best = std::numeric_limits<double>::infinity();
  std::vector<int> counts(capacities.size(), 0);
  const std::function<void(std::size_t, int)> place = [&](std::size_t stage, int left) {
    if (stage + 1 == capacities.size()) {
      counts[stage] = left;
      best = std::min(best, largest_load(weights, capacities, counts));
      return;
    }
    for (int n = 0; n <= left; ++n) {
      counts[stage] = n;
      place(stage + 1, left - n);
    }
  };
  place(0, static_cast<int>(weights.size()));
  return best;
}

TEST_CASE("a partition covers all layers and none does better", "[placement]") {
  CHECK(rc::check("against every cut", [] {
    const int layers = *rc::gen::inRange(1, 9);
    const int stages = *rc::gen::inRange(1, 5);
    const auto sizes = *rc::gen::container<std::vector<int>>(static_cast<std::size_t>(layers),
                                                             rc::gen::inRange(0, 50));
    const auto limits = *rc::gen::container<std::vector<int>>(static_cast<std::size_t>(stages),
                                                              rc::gen::inRange(1, 30));
    const std::vector<double> weights(sizes.begin(), sizes.end());
    const std::vector<double> capacities(limits.begin(), limits.end());
    const std::vector<int> counts = partition_layers(weights, capacities);
    RC_ASSERT(counts.size() == capacities.size());
    RC_ASSERT(std::accumulate(counts.begin(), counts.end(), 0) == layers);
    RC_ASSERT(std::all_of(counts.begin(), counts.end(), [](int n) { return n >= 0; }));
    RC_ASSERT(largest_load(weights, capacities, counts) <=
              best_by_trying(weights, capacities) * (1 + 1e-12));
  }));
}

TEST_CASE("equal layers on equal stages are shared evenly", "[placement]") {
  CHECK(partition_layers(std::vector<double>(8, 1.0), {1, 1, 1, 1}) ==
        std::vector<int>{2, 2, 2, 2});
  CHECK(partition_layers(std::vector<double>(9, 1.0), {2, 1}) == std::vector<int>{6, 3});
  CHECK(partition_layers({}, {1, 1}) == std::vector<int>{0, 0});
  CHECK(partition_layers({5}, {1}) == std::vector<int>{1});
}

struct StreamTime {
  double sum = std::numeric_limits<double>::infinity();
  double slowest = std::numeric_limits<double>::infinity();
  bool operator<(const StreamTime& other) const {
    return sum != other.sum ? sum < other.sum : slowest < other.slowest;
  }
};

// Written down from the definition; infinite where a stage is too small.
StreamTime stream_time(const TimedPartition& p, const std::vector<int>& counts) {
  StreamTime time{.sum = 0.0, .slowest = 0.0};
  std::size_t next = 0;
  int stages_before = 0;
  for (std::size_t s = 0; s < counts.size(); ++s) {
    double held = 0.0;
    double read = 0.0;
    for (int i = 0; i < counts[s]; ++i, ++next) {
      held += p.weights[next];
      read += p.bytes[next];
    }
    if (held > p.capacities[s]) return {};
    time.sum += read / p.rates[s];
    time.slowest = std::max(time.slowest, read / p.rates[s]);
    if (counts[s] > 0 && stages_before++ > 0) time.sum += p.hop;
  }
  return time;
}

StreamTime least_by_trying(const TimedPartition& partition) {
  StreamTime best;
  std::vector<int> counts(partition.capacities.size(), 0);
  const std::function<void(std::size_t, int)> place = [&](std::size_t stage, int left) {
    if (stage + 1 == counts.size()) {
      counts[stage] = left;
      best = std::min(best, stream_time(partition, counts));
      return;
    }
    for (int n = 0; n <= left; ++n) {
      counts[stage] = n;
      place(stage + 1, left - n);
    }
  };
  place(0, static_cast<int>(partition.weights.size()));
  return best;
}

// Whole numbers over powers of two add without rounding, so ties are ties and compare exactly.
TimedPartition random_partition() {
  const auto layers = static_cast<std::size_t>(*rc::gen::inRange(1, 8));
  const auto stages = static_cast<std::size_t>(*rc::gen::inRange(1, 5));
  const auto some = [](std::size_t count, int low, int high) {
    const auto drawn = *rc::gen::container<std::vector<int>>(count, rc::gen::inRange(low, high));
    return std::vector<double>(drawn.begin(), drawn.end());
  };
  TimedPartition partition{.weights = some(layers, 0, 8),
                           .bytes = some(layers, 0, 4),
                           .capacities = some(stages, 0, 30),
                           .rates = some(stages, 0, 3),
                           .hop = *rc::gen::inRange(0, 9) / 4.0};
  for (double& rate : partition.rates) rate = std::exp2(rate);
  return partition;
}

TEST_CASE("no split of the layers serves one stream faster", "[placement]") {
  int impossible = 0;
  int uneven = 0;
  CHECK(rc::check("against every cut", [&] {
    const TimedPartition partition = random_partition();
    const StreamTime best = least_by_trying(partition);
    const std::optional<std::vector<int>> counts = partition_layers(partition);
    RC_ASSERT(counts.has_value() == std::isfinite(best.sum));
    if (!counts) {
      ++impossible;
      return;
    }
    RC_ASSERT(counts->size() == partition.capacities.size());
    RC_ASSERT(std::accumulate(counts->begin(), counts->end(), 0) ==
              static_cast<int>(partition.weights.size()));
    RC_ASSERT(std::all_of(counts->begin(), counts->end(), [](int n) { return n >= 0; }));
    const StreamTime found = stream_time(partition, *counts);
    RC_ASSERT(found.sum == best.sum);
    RC_ASSERT(found.slowest == best.slowest);
    uneven += std::count(counts->begin(), counts->end(), 0) > 0 ? 1 : 0;
  }));
  // The cases cover what they are for.
  CHECK(impossible > 5);
  CHECK(uneven > 20);
}

using Counts = std::vector<int>;

TimedPartition equal_layers(int layers, const std::vector<double>& capacities,
                            const std::vector<double>& rates, double hop) {
  const std::vector<double> ones(static_cast<std::size_t>(layers), 1.0);
  return {.weights = ones, .bytes = ones, .capacities = capacities, .rates = rates, .hop = hop};
}

TEST_CASE("the fastest stage is filled first", "[placement]") {
  // Rates 1, 4, 2 and room for 4 layers each: the second is full, then the third.
  CHECK(*partition_layers(equal_layers(6, {4, 4, 4}, {1, 4, 2}, 0.0)) == Counts{0, 4, 2});
  CHECK(*partition_layers(equal_layers(9, {4, 4, 4}, {1, 4, 2}, 0.0)) == Counts{1, 4, 4});
  // Two more layers on the slow stage cost 2 x (1 - 1/4) = 1.5: less than a hop of 2.
  CHECK(*partition_layers(equal_layers(6, {6, 4}, {1, 4}, 2.0)) == Counts{2, 4});
  // All six on the slow one take 6; two there and four here 2 + 1 + hop: the hop decides at 3.
  CHECK(*partition_layers(equal_layers(6, {6, 4}, {1, 4}, 2.75)) == Counts{2, 4});
  CHECK(*partition_layers(equal_layers(6, {6, 4}, {1, 4}, 3.25)) == Counts{6, 0});
}

TEST_CASE("of equally fast splits the one with the fastest slowest stage", "[placement]") {
  // Equal rates and no hop: any split takes 8 / 1.
  CHECK(*partition_layers(equal_layers(8, {8, 8}, {1, 1}, 0.0)) == Counts{4, 4});
  CHECK(*partition_layers(equal_layers(9, {9, 9, 9}, {1, 1, 1}, 0.0)) == Counts{3, 3, 3});
  // A hop is avoided altogether, and where it cannot be, paid once.
  CHECK(stream_time(equal_layers(8, {8, 8}, {1, 1}, 0.5),
                    *partition_layers(equal_layers(8, {8, 8}, {1, 1}, 0.5)))
            .sum == 8.0);
  CHECK(*partition_layers(equal_layers(8, {5, 4, 3}, {1, 1, 1}, 0.5)) == Counts{4, 4, 0});
}

TEST_CASE("what does not fit has no split by time", "[placement]") {
  CHECK_FALSE(partition_layers(equal_layers(8, {4, 3}, {1, 1}, 0.0)).has_value());
  // In all there is room, but layers are whole: 3 + 3 into 4 and 2.
  TimedPartition whole = equal_layers(2, {4, 2}, {1, 1}, 0.0);
  whole.weights = {3, 3};
  CHECK_FALSE(partition_layers(whole).has_value());
  CHECK(*partition_layers(equal_layers(0, {1, 1}, {1, 1}, 1.0)) == Counts{0, 0});
}

}  // namespace
}  // namespace plimsoll
