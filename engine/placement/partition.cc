#include <algorithm>
#include <limits>

#include "placement/placement.h"

namespace plimsoll {

namespace {

std::vector<double> running_sum(const std::vector<double>& values) {
  std::vector<double> sums(values.size() + 1, 0.0);
  for (std::size_t i = 0; i < values.size(); ++i) sums[i + 1] = sums[i] + values[i];
  return sums;
}

// cut[s][n]: where stage s begins in the best split of the first n layers over the first s stages.
using Cuts = std::vector<std::vector<std::size_t>>;

// Layers of each stage in the best split of all of them.
std::vector<int> layers_of_stages(const Cuts& cut) {
  const std::size_t stages = cut.size() - 1;
  std::vector<int> counts(stages, 0);
  std::size_t end = cut.back().size() - 1;
  for (std::size_t s = stages; s > 0; --s) {
    counts[s - 1] = static_cast<int>(end - cut[s][end]);
    end = cut[s][end];
  }
  return counts;
}

}  // namespace

std::vector<int> partition_layers(const std::vector<double>& weights,
                                  const std::vector<double>& capacities) {
  const std::size_t layers = weights.size();
  const std::size_t stages = capacities.size();
  const std::vector<double> prefix = running_sum(weights);

  // best[s][n]: smallest possible largest load when the first n layers are on the first s stages.
  const double infinity = std::numeric_limits<double>::infinity();
  std::vector<std::vector<double>> best(stages + 1, std::vector<double>(layers + 1, infinity));
  Cuts cut(stages + 1, std::vector<std::size_t>(layers + 1, 0));
  best[0][0] = 0.0;
  for (std::size_t s = 1; s <= stages; ++s) {
    for (std::size_t n = 0; n <= layers; ++n) {
      for (std::size_t from = 0; from <= n; ++from) {
        const double load = (prefix[n] - prefix[from]) / capacities[s - 1];
        const double worst = std::max(best[s - 1][from], load);
        if (worst < best[s][n]) {
          best[s][n] = worst;
          cut[s][n] = from;
        }
      }
    }
  }
  return layers_of_stages(cut);
}

namespace {

// Time of one stream first, then the slowest stage.
struct SplitTime {
  double sum = std::numeric_limits<double>::infinity();
  double slowest = std::numeric_limits<double>::infinity();

  bool operator<(const SplitTime& other) const {
    // Sums that differ by rounding only are equal, else the second criterion never decides.
    constexpr double rounding = 1e-12;
    const double tolerance = rounding * std::min(sum, other.sum);
    if (sum < other.sum - tolerance) return true;
    return sum <= other.sum + tolerance && slowest < other.slowest;
  }
};

}  // namespace

std::optional<std::vector<int>> partition_layers(const TimedPartition& partition) {
  const std::size_t layers = partition.weights.size();
  const std::size_t stages = partition.capacities.size();
  const std::vector<double> weights = running_sum(partition.weights);
  const std::vector<double> bytes = running_sum(partition.bytes);
  std::vector<std::vector<SplitTime>> best(stages + 1, std::vector<SplitTime>(layers + 1));
  Cuts cut(stages + 1, std::vector<std::size_t>(layers + 1, 0));
  best[0][0] = {.sum = 0.0, .slowest = 0.0};
  for (std::size_t s = 1; s <= stages; ++s) {
    for (std::size_t n = 0; n <= layers; ++n) {
      for (std::size_t from = 0; from <= n; ++from) {
        const SplitTime& before = best[s - 1][from];
        if (before.sum == std::numeric_limits<double>::infinity()) continue;
        if (weights[n] - weights[from] > partition.capacities[s - 1]) continue;
        const double own = (bytes[n] - bytes[from]) / partition.rates[s - 1];
        const double hop = from > 0 && n > from ? partition.hop : 0.0;
        const SplitTime time{.sum = before.sum + own + hop,
                             .slowest = std::max(before.slowest, own)};
        if (time < best[s][n]) {
          best[s][n] = time;
          cut[s][n] = from;
        }
      }
    }
  }
  if (best[stages][layers].sum == std::numeric_limits<double>::infinity()) return std::nullopt;
  return layers_of_stages(cut);
}

}  // namespace plimsoll
