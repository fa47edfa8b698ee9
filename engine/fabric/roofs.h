// Achievable rates from what was measured, or from the peak and the default of its class.
#pragma once

#include <string>
#include <utility>

#include "catalog/figure_spread.h"
#include "fabric/fabric.h"

namespace plimsoll {

// Of a unit's own memory, all sockets together.
Roof<BytesPerSecond> memory_roof(const DeviceSpec& device, const ComputeUnitSpec& unit, int sockets,
                                 const RoofTable& roofs, Diagnostics& diagnostics);

template <class Q>
Roof<Q> measured_roof(const Figure<Q>& figure, std::string what) {
  return {.value = figure.value,
          .log_sigma = log_sigma_of(figure),
          .from = figure.from,
          .what = std::move(what)};
}

}  // namespace plimsoll
