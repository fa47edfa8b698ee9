// A device that its owner holds below the power it is sold with.
#pragma once

#include "catalog/device_spec.h"

namespace plimsoll {

// Clock and arithmetic follow the power that is left for them. Memory, links and leakage take a
// share of the power whatever the clock; switching takes f V^2, and voltage follows frequency, so
// that
//
//   f / f0 = ((P / P0 - share) / (1 - share))^(1/3)
//
// The bandwidth stays. Of a device without a power limit of its own, and of a limit above that: the
// device as it is.
DeviceSpec under_power_limit(const DeviceSpec& device, Watts limit);

// Share of the power that does not follow the clock. Boards draw 20 to 35 % of their limit with
// memory busy and cores idle.
inline constexpr double fixed_power_share = 0.3;

}  // namespace plimsoll
