// What the commands of a pass cost the device, by layer and part.
#pragma once

#include <array>
#include <vector>

#include "catalog/streaming_spec.h"
#include "cost/cost_model.h"
#include "lowering/operators.h"

namespace plimsoll {

inline constexpr int layer_part_count = 3;

// Kernels that run one after another.
struct KernelCost {
  Seconds gap;   // launches
  Seconds work;  // on an idle device
  Bytes memory;

  KernelCost& operator+=(const KernelCost& other);
};

struct PassKernels {
  std::vector<std::array<KernelCost, layer_part_count>> layers;  // by LayerPart
  KernelCost head;                                               // outside the layers
  std::vector<Seconds> sensitivities;  // d time / d log(parameter of the cost model)

  Seconds total() const;
};

// The part of a layer that each operator of a pass belongs to: what comes before the attention core
// and the core itself, what follows, and from the routed experts on; router and shared expert go
// before the routed ones.
PassKernels pass_kernels(const OperatorGraph& graph, CostModel& cost, int layers);

// Between two passes that differ in their past only: a kernel's time is piecewise linear in it.
PassKernels interpolate(const PassKernels& a, const PassKernels& b, double share_of_b);

}  // namespace plimsoll
