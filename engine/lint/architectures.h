// What one core of a chip computes in a clock cycle, by architecture.
#pragma once

#include <string_view>

#include "catalog/device_spec.h"

namespace plimsoll {

// 32-bit FLOP per core and cycle of the vector units, a multiply-add counting as two. An
// architecture of several chips may have several values.
struct CoreWidth {
  std::string_view architecture;  // a prefix where it ends in '*'
  UnitKind unit = UnitKind::gpu;
  double first = 0.0;
  double second = 0.0;  // 0: there is one value only
};

// Null for an architecture that the table does not hold. Cores as device files count them: SMs,
// CUs, Xe cores and GPU cores.
const CoreWidth* find_core_width(std::string_view architecture, UnitKind unit);

}  // namespace plimsoll
