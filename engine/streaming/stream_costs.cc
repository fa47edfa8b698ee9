#include "streaming/stream_costs.h"

#include <algorithm>

namespace plimsoll {

KernelCost& KernelCost::operator+=(const KernelCost& other) {
  gap += other.gap;
  work += other.work;
  memory += other.memory;
  return *this;
}

Seconds PassKernels::total() const {
  Seconds sum = head.gap + head.work;
  for (const auto& layer : layers)
    for (const KernelCost& part : layer) sum += part.gap + part.work;
  return sum;
}

namespace {

bool is_core(const Operator& op) {
  return op.cls == OperatorClass::attention || op.kind == OperatorKind::recurrence;
}

// Follows the operators of a layer in their order.
class PartOf {
 public:
  LayerPart operator()(const Operator& op) {
    if (op.layer != layer_) {
      layer_ = op.layer;
      part_ = LayerPart::attention;
      after_core_ = false;
    }
    if (op.cls == OperatorClass::routed_experts) part_ = LayerPart::experts;
    if (op.cls == OperatorClass::router || op.cls == OperatorClass::shared_expert ||
        op.cls == OperatorClass::dense_ffn)
      return LayerPart::router;
    // The core is several kernels; what follows the last of them belongs to the next command.
    if (is_core(op))
      after_core_ = true;
    else if (after_core_ && part_ == LayerPart::attention)
      part_ = LayerPart::router;
    return part_;
  }

 private:
  int layer_ = -1;
  LayerPart part_ = LayerPart::attention;
  bool after_core_ = false;
};

void add_sensitivities(const OperatorCost& cost, std::vector<Seconds>& sums) {
  for (int s = 0; s < cost.sensitivity_count; ++s) {
    const Sensitivity& sensitivity = cost.sensitivities[static_cast<std::size_t>(s)];
    const auto parameter = static_cast<std::size_t>(sensitivity.parameter);
    if (sums.size() <= parameter) sums.resize(parameter + 1);
    sums[parameter] += sensitivity.derivative;
  }
}

KernelCost mix(const KernelCost& a, const KernelCost& b, double share) {
  return {.gap = a.gap * (1.0 - share) + b.gap * share,
          .work = a.work * (1.0 - share) + b.work * share,
          .memory = a.memory * (1.0 - share) + b.memory * share};
}

}  // namespace

PassKernels pass_kernels(const OperatorGraph& graph, CostModel& cost, int layers) {
  PassKernels kernels;
  kernels.layers.resize(static_cast<std::size_t>(layers));
  PartOf part_of;
  for (const Operator& op : graph.operators) {
    if (op.kind == OperatorKind::message) continue;
    const OperatorCost c = cost.cost(op);
    const KernelCost kernel{.gap = c.gap, .work = c.work, .memory = c.memory};
    if (op.layer < 0)
      kernels.head += kernel;
    else
      kernels.layers[static_cast<std::size_t>(op.layer)][static_cast<std::size_t>(part_of(op))] +=
          kernel;
    add_sensitivities(c, kernels.sensitivities);
  }
  return kernels;
}

PassKernels interpolate(const PassKernels& a, const PassKernels& b, double share_of_b) {
  PassKernels result = a;
  for (std::size_t l = 0; l < result.layers.size(); ++l)
    for (std::size_t p = 0; p < layer_part_count; ++p)
      result.layers[l][p] = mix(a.layers[l][p], b.layers[l][p], share_of_b);
  result.head = mix(a.head, b.head, share_of_b);
  result.sensitivities.resize(std::max(a.sensitivities.size(), b.sensitivities.size()));
  for (std::size_t i = 0; i < result.sensitivities.size(); ++i) {
    const Seconds from_a = i < a.sensitivities.size() ? a.sensitivities[i] : Seconds();
    const Seconds from_b = i < b.sensitivities.size() ? b.sensitivities[i] : Seconds();
    result.sensitivities[i] = from_a * (1.0 - share_of_b) + from_b * share_of_b;
  }
  return result;
}

}  // namespace plimsoll
