#include "collective/collective.h"

#include "collective/round_costs.h"
#include "collective/schedule_steps.h"

namespace plimsoll {

namespace {

StepPlan plan_of(CollectiveKind kind, CollectiveAlgorithm algorithm, std::span<const int> group,
                 const Fabric& fabric) {
  std::vector<int> machine_of;
  machine_of.reserve(group.size());
  for (int executor : group) {
    machine_of.push_back(fabric.executors()[static_cast<std::size_t>(executor)].node);
  }
  return plan_steps(kind, algorithm, machine_of);
}

Bytes share_of_each(std::span<const int> group, Bytes bytes) {
  return bytes / static_cast<double>(group.size());
}

}  // namespace

std::string_view to_text(CollectiveKind kind) {
  switch (kind) {
    case CollectiveKind::all_reduce:
      return "all-reduce";
    case CollectiveKind::all_gather:
      return "all-gather";
    case CollectiveKind::reduce_scatter:
      return "reduce-scatter";
    case CollectiveKind::broadcast:
      return "broadcast";
    case CollectiveKind::all_to_all:
      return "all-to-all";
  }
  return "?";
}

std::vector<Round> schedule(CollectiveKind kind, CollectiveAlgorithm algorithm,
                            std::span<const int> group, Bytes bytes, const Fabric& fabric) {
  std::vector<Round> rounds;
  for (const Step& step : plan_of(kind, algorithm, group, fabric).steps) {
    const Round round = messages_of(step, group, share_of_each(group, bytes));
    rounds.insert(rounds.end(), static_cast<std::size_t>(step.times), round);
  }
  return rounds;
}

CollectiveCost cost_of(CollectiveAlgorithm algorithm, const std::vector<Round>& rounds,
                       const Fabric& fabric) {
  RoundCosts costs(fabric);
  for (std::size_t i = 0; i < rounds.size();) {
    std::size_t next = i + 1;
    while (next < rounds.size() && rounds[next] == rounds[i]) ++next;
    costs.add(rounds[i], static_cast<int>(next - i));
    i = next;
  }
  return costs.total(algorithm);
}

CollectiveCost fastest(CollectiveKind kind, std::span<const CollectiveAlgorithm> algorithms,
                       std::span<const int> group, Bytes bytes, const Fabric& fabric) {
  CollectiveCost best;
  best.possible = group.size() < 2;
  for (CollectiveAlgorithm algorithm : algorithms) {
    RoundCosts costs(fabric);
    for (const Step& step : plan_of(kind, algorithm, group, fabric).steps) {
      costs.add(messages_of(step, group, share_of_each(group, bytes)), step.times);
    }
    CollectiveCost cost = costs.total(algorithm);
    if (cost.rounds == 0 || !cost.possible) continue;
    if (!best.possible || cost.time() < best.time()) best = std::move(cost);
  }
  return best;
}

}  // namespace plimsoll
