// Contiguous runs of layers with the smallest largest load.
#include <algorithm>
#include <functional>
#include <limits>
#include <numeric>
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

}  // namespace
}  // namespace plimsoll
