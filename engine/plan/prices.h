// What machines cost to buy or to rent, and what they draw, as far as anybody published it.
#pragma once

#include "catalog/catalog.h"
#include "plan/plan.h"

namespace plimsoll {

// factor >= 0
constexpr Estimate times(const Estimate& estimate, double factor) {
  return {estimate.value * factor, estimate.low * factor, estimate.high * factor};
}

// One machine: its purchase, or a month of its GPUs around the clock.
PlanPrice price_of(const SystemSpec& system, Acquisition acquisition, Catalog& catalog,
                   Diagnostics& diagnostics);
// All of a set; what is owned costs nothing.
PlanPrice price_of(const PlanPrice& one, const MachineSet& machines);

PlanPower power_of(const SystemSpec& system);
PlanPower power_of(const PlanPower& one, const MachineSet& machines);

}  // namespace plimsoll
