#include "evaluate/speculation.h"

#include <cmath>

namespace plimsoll {

double tokens_per_step(double acceptance, int drafted) {
  double sum = 1.0;
  for (int i = 0; i < drafted; ++i) sum = 1.0 + acceptance * sum;
  return sum;
}

double tokens_per_step_slope(double acceptance, int drafted) {
  double slope = 0.0;
  for (int i = drafted; i >= 1; --i) slope = i + acceptance * slope;
  return slope;
}

namespace {

// The question that the draft answers: the same machines, engine and workload, another model.
Scenario draft_scenario(const Scenario& target) {
  const SpeculationSetup& speculation = *target.savings.speculation;
  Scenario draft = target;
  draft.model = *speculation.model;
  if (speculation.quantization) draft.quantization = speculation.quantization;
  draft.savings = {};
  return draft;
}

Placement draft_placement(const LoweringRequest& target, const ModelSpec& draft) {
  const Placement& of_target = *target.placement;
  Placement placement;
  placement.executors = draft_executors(*target.scenario, of_target);
  const bool alone = placement.executors.size() == 1;
  const bool divided = of_target.strategy == PlacementStrategy::expert_parallel;
  placement.strategy = alone     ? PlacementStrategy::single
                       : divided ? PlacementStrategy::expert_parallel
                                 : PlacementStrategy::tensor_parallel;
  const int layers = static_cast<int>(draft.layers.size());
  placement.stages = {{.executors = placement.executors, .first_layer = 0, .layers = layers}};
  placement.experts_on_cpu.assign(draft.layers.size(), false);
  placement.cpu = of_target.cpu;
  placement.embedding_executor = of_target.embedding_executor;
  return placement;
}

}  // namespace

Drafting::Drafting(const LoweringRequest& target)
    : scenario_(draft_scenario(*target.scenario)),
      placement_(draft_placement(target, scenario_.model)),
      lowering_({.scenario = &scenario_,
                 .fabric = target.fabric,
                 .placement = &placement_,
                 .footprint = target.draft}) {}

void append(OperatorGraph& first, const OperatorGraph& second) {
  const auto operators = static_cast<std::int32_t>(first.operators.size());
  const auto dependencies = static_cast<std::int32_t>(first.dependencies.size());
  const int link_sets = static_cast<int>(first.link_sets.size());
  for (std::int32_t on : second.dependencies) first.dependencies.push_back(on + operators);
  for (Operator op : second.operators) {
    op.first_dependency += dependencies;
    if (op.dependency_count == 0 && operators > 0) {
      op.first_dependency = static_cast<std::int32_t>(first.dependencies.size());
      op.dependency_count = 1;
      first.dependencies.push_back(operators - 1);
    }
    if (op.link_set >= 0) op.link_set += link_sets;
    first.operators.push_back(op);
  }
  first.link_sets.insert(first.link_sets.end(), second.link_sets.begin(), second.link_sets.end());
  first.answers += second.answers;
}

}  // namespace plimsoll
