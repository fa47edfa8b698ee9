// Achievable rates from what was measured, or from the peak and the default of its class.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "base/log_belief.h"
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
// precisions add, so that a profile of a busy machine leaves the roof nearly where it was. Where it
// is `instead` of the entry's, that counts no more.
template <class Q>
void combine_with(const Figure<Q>& profiled, int sockets, Roof<Q>& roof, bool instead = false) {
  Provenance from = profiled.from;
  if (from.moved) {
    auto move = std::make_shared<ProfileMove>(*from.moved);
    move->before = roof.value.base();
    move->before_log_sigma = roof.log_sigma;
    move->from = roof.from;
    from.moved = std::move(move);
  }
  const LogBelief measured = belief_of(profiled.value.base() * sockets, log_sigma_of(profiled));
  const LogBelief now =
      instead ? measured : combined(measured, belief_of(roof.value.base(), roof.log_sigma));
  roof.value = Q(now.value());
  roof.log_sigma = now.sigma;
  roof.from = std::move(from);
}

}  // namespace plimsoll
