#include "catalog/expert_popularity.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <utility>

#include "base/rng.h"
#include "catalog/model_spec.h"

namespace plimsoll {

namespace {

// Groups of ranks, each with its mean weight: the first few ranks alone, then a tenth more than
// all before.
std::vector<ExpertGroup> ranks_by_weight(int experts, double skew) {
  constexpr double width = 0.1;
  std::vector<ExpertGroup> groups;
  int rank = 1;
  while (rank <= experts) {
    const int count =
        std::min(experts - rank + 1, std::max(1, static_cast<int>(width * (rank - 1))));
    ExpertGroup group{.experts = static_cast<double>(count), .chance = 0.0};
    for (int i = 0; i < count; ++i) group.chance += std::pow(rank + i, -skew) / count;
    groups.push_back(group);
    rank += count;
  }
  return groups;
}

double used(const std::vector<ExpertGroup>& weights, double c) {
  double sum = 0.0;
  for (const ExpertGroup& group : weights) sum += group.experts * -std::expm1(-c * group.chance);
  return sum;
}

}  // namespace

std::vector<ExpertGroup> expert_popularity(int experts, int per_token, double skew) {
  if (per_token >= experts || skew <= 0.0)
    return {{.experts = static_cast<double>(experts),
             .chance = std::min(1.0, static_cast<double>(per_token) / experts)}};
  std::vector<ExpertGroup> groups = ranks_by_weight(experts, skew);
  double low = 0.0;
  double high = 1.0;
  while (used(groups, high) < per_token) high *= 2.0;
  constexpr int halvings = 60;
  for (int i = 0; i < halvings; ++i) {
    const double middle = (low + high) / 2.0;
    (used(groups, middle) < per_token ? low : high) = middle;
  }
  for (ExpertGroup& group : groups) group.chance = -std::expm1(-high * group.chance);
  return groups;
}

double expected_distinct_experts(const std::vector<ExpertGroup>& popularity, double tokens) {
  double sum = 0.0;
  for (const ExpertGroup& group : popularity)
    sum += group.experts * (1.0 - std::pow(1.0 - group.chance, tokens));
  return sum;
}

double expected_distinct_experts(const MoeSpec& moe, double tokens, int sequences) {
  const auto& popularity = sequences > 1 ? moe.mixed_popularity : moe.popularity;
  if (!popularity.empty()) return expected_distinct_experts(popularity, tokens);
  return expected_distinct_experts(expert_popularity(moe.experts, moe.experts_per_token, 0.0),
                                   tokens);
}

double popular_member(const std::vector<ExpertGroup>& popularity, int members) {
  std::vector<double> chances;
  for (const ExpertGroup& group : popularity)
    chances.insert(chances.end(), static_cast<std::size_t>(group.experts), group.chance);
  if (chances.empty()) return 1.0;
  const double all = std::accumulate(chances.begin(), chances.end(), 0.0);
  constexpr int orders = 200;
  Rng rng(1, "order of experts");
  double sum = 0.0;
  std::vector<double> load(static_cast<std::size_t>(members));
  for (int order = 0; order < orders; ++order) {
    std::fill(load.begin(), load.end(), 0.0);
    for (std::size_t left = chances.size(); left > 0; --left) {
      std::swap(chances[left - 1], chances[rng.below(left)]);
      load[(left - 1) * load.size() / chances.size()] += chances[left - 1];
    }
    sum += *std::max_element(load.begin(), load.end());
  }
  return sum / orders / all * members;
}

}  // namespace plimsoll
