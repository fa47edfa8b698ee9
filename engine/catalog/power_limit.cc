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
  return std::clamp(std::cbrt(std::max(0.0, left)), lowest_clock, 1.0);
}

}  // namespace

DeviceSpec under_power_limit(const DeviceSpec& device, Watts limit) {
  DeviceSpec limited = device;
  if (!device.power_limit || limit >= device.power_limit->value) return limited;
  limited.held_to = limit;
  const double factor = held_clock(limited);
  for (ComputeUnitSpec& unit : limited.units) {
    if (unit.clock) scale(*unit.clock, factor);
    for (auto& [precision, rate] : unit.rates) {
      scale(rate.peak, factor);
      if (rate.reached) scale(*rate.reached, factor);
    }
    if (unit.profiled)
      for (auto& [precision, rate] : unit.profiled->rates) scale(rate, factor);
  }
  return limited;
}

double held_clock(const DeviceSpec& device) {
  return device.held_to ? clock_at(*device.held_to / device.power_limit->value) : 1.0;
}

std::optional<double> reading_clock(const DeviceSpec& device, double busy) {
  if (!device.held_to || !device.reading_power || busy <= 0.0) return std::nullopt;
  const Watts taken = device.reading_power->value * busy;
  return clock_at(*device.held_to / taken) / clock_at(device.power_limit->value / taken);
}

double sustained_clock(const DeviceSpec& device) {
  if (!device.power_limit || !device.unlimited_power) return 1.0;
  const double taken = fixed_power_share + (1.0 - fixed_power_share) * busy_share;
  const double share = device.power_limit->value / (device.unlimited_power->value * taken);
  return clock_at(share);
}

}  // namespace plimsoll
