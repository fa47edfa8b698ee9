// Runs a check on every SIMD target that this machine has and this room is compiled for.
#pragma once

#include <functional>
#include <hwy/targets.h>

#include "calibrate/cpu/layer_operations.h"
#include "calibrate/cpu/matrix_operations.h"
#include "support/catch.h"

namespace plimsoll::calibrate::cpu {

inline void on_each_target(
    const std::function<void(const MatrixOperations&, const LayerOperations&)>& check) {
  int checked = 0;
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    hwy::SetSupportedTargetsForTest(target);
    const MatrixOperations* matrix = matrix_operations();
    const LayerOperations* layer = layer_operations();
    hwy::SetSupportedTargetsForTest(0);
    REQUIRE((matrix == nullptr) == (layer == nullptr));
    if (matrix == nullptr) continue;  // one that the kernels are not written for
    INFO("target " << hwy::TargetName(target));
    check(*matrix, *layer);
    ++checked;
  }
  REQUIRE(checked > 0);
}

}  // namespace plimsoll::calibrate::cpu
