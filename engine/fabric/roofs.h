// Achievable rates from what was measured, or from the peak and the default of its class.
#pragma once

#include <cmath>
#include <memory>
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

// With what a profile found on each of so many sockets. Both say the same number, independently:
// precisions add, so that a profile of a busy machine leaves the roof nearly where it was.
template <class Q>
void combine_with(const Figure<Q>& profiled, int sockets, Roof<Q>& roof) {
  Provenance from = profiled.from;
  if (from.moved) {
    auto move = std::make_shared<ProfileMove>(*from.moved);
    move->before = roof.value.base();
    move->before_log_sigma = roof.log_sigma;
    move->from = roof.from;
    from.moved = std::move(move);
  }
  const double measured = log_sigma_of(profiled);
  const Q found = profiled.value * static_cast<double>(sockets);
  const double all = std::hypot(roof.log_sigma, measured);
  const double weight = all > 0.0 ? roof.log_sigma * roof.log_sigma / (all * all) : 1.0;
  roof.value = roof.value * std::pow(found / roof.value, weight);
  roof.log_sigma = all > 0.0 ? roof.log_sigma * measured / all : 0.0;
  roof.from = std::move(from);
}

}  // namespace plimsoll
