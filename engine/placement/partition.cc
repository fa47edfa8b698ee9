#include <algorithm>
#include <limits>

#include "placement/placement.h"

namespace plimsoll {

std::vector<int> partition_layers(const std::vector<double>& weights,
                                  const std::vector<double>& capacities) {
  const std::size_t layers = weights.size();
  const std::size_t stages = capacities.size();
  std::vector<double> prefix(layers + 1, 0.0);
  for (std::size_t i = 0; i < layers; ++i) prefix[i + 1] = prefix[i] + weights[i];

  // best[s][n]: smallest possible largest load when the first n layers are on the first s stages.
  const double infinity = std::numeric_limits<double>::infinity();
  std::vector<std::vector<double>> best(stages + 1, std::vector<double>(layers + 1, infinity));
  std::vector<std::vector<std::size_t>> cut(stages + 1, std::vector<std::size_t>(layers + 1, 0));
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
  std::vector<int> counts(stages, 0);
  std::size_t end = layers;
  for (std::size_t s = stages; s > 0; --s) {
    counts[s - 1] = static_cast<int>(end - cut[s][end]);
    end = cut[s][end];
  }
  return counts;
}

}  // namespace plimsoll
