#include "catalog/power_limit.h"

#include <algorithm>
#include <cmath>

namespace plimsoll {

namespace {

// No clock falls below a fifth of its maximum: cards stop there.
constexpr double lowest_clock = 0.2;

template <class Q>
void scale(Figure<Q>& figure, double factor) {
  figure.value = figure.value * factor;
  if (figure.low) figure.low = *figure.low * factor;
  if (figure.high) figure.high = *figure.high * factor;
}

double clock_at(double power_share) {
  const double left = (power_share - fixed_power_share) / (1.0 - fixed_power_share);
  return std::max(lowest_clock, std::cbrt(std::max(0.0, left)));
}

}  // namespace

DeviceSpec under_power_limit(const DeviceSpec& device, Watts limit) {
  DeviceSpec limited = device;
  if (!device.power_limit || limit >= device.power_limit->value) return limited;
  const double factor = clock_at(limit / device.power_limit->value);
  for (ComputeUnitSpec& unit : limited.units) {
    if (unit.clock) scale(*unit.clock, factor);
    for (auto& [precision, rate] : unit.rates) {
      scale(rate.peak, factor);
      if (rate.reached) scale(*rate.reached, factor);
    }
    if (unit.profiled)
      for (auto& [precision, rate] : unit.profiled->rates) scale(rate, factor);
  }
  limited.power_limit->value = limit;
  if (limited.unlimited_power) scale(*limited.unlimited_power, limit / device.power_limit->value);
  return limited;
}

double sustained_clock(const DeviceSpec& device) {
  if (!device.power_limit || !device.unlimited_power) return 1.0;
  const double taken = fixed_power_share + (1.0 - fixed_power_share) * busy_share;
  const double share = device.power_limit->value / (device.unlimited_power->value * taken);
  return std::min(1.0, clock_at(share));
}

}  // namespace plimsoll
