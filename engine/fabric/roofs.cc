#include "fabric/roofs.h"

#include <algorithm>
#include <cmath>

#include "catalog/power_limit.h"

namespace plimsoll {

namespace {

// A class default scales a peak: both are uncertain.
template <class Q>
Roof<Q> scaled_roof(const Figure<Q>& peak, const Figure<double>& fraction, std::string what) {
  const double peak_sigma = log_sigma_of(peak);
  const double fraction_sigma = log_sigma_of(fraction);
  return {.value = peak.value * fraction.value,
          .log_sigma = std::sqrt(peak_sigma * peak_sigma + fraction_sigma * fraction_sigma),
          .from = {.status = FigureStatus::measured,
                   .confidence = std::max(peak.from.confidence, fraction.from.confidence),
                   .source = fraction.from.source,
                   .place = peak.from.place},
          .what = std::move(what)};
}

// Of what nobody measured on this board.
void slow_by_power(const DeviceSpec& device, Roof<FlopPerSecond>& roof) {
  const double clock = sustained_clock(device);
  if (clock >= 1.0) return;
  roof.value *= clock;
  roof.log_sigma = std::hypot(roof.log_sigma, clock_log_sigma);
}

// What a fit found a device to reach: of a measured one instead of what the entry leaves open.
template <class Q>
void apply(const std::optional<FittedReach>& reach, Roof<Q>& roof) {
  if (!reach) return;
  roof.value *= reach->factor;
  roof.log_sigma = reach->known ? reach->log_sigma : std::hypot(roof.log_sigma, reach->log_sigma);
}

}  // namespace

Roof<BytesPerSecond> memory_roof(const DeviceSpec& device, const ComputeUnitSpec& unit, int sockets,
                                 const RoofTable& roofs, Diagnostics& diagnostics) {
  const std::string what = "achievable memory bandwidth of " + device.name;
  Roof<BytesPerSecond> roof;
  if (unit.memory_reached) {
    roof = measured_roof(*unit.memory_reached, what);
  } else if (auto entry = roofs.memory.find(device.memory.roof_class);
             entry != roofs.memory.end()) {
    roof = scaled_roof(device.memory.bandwidth, entry->second,
                       what + " (peak times the default of its class)");
  } else {
    diagnostics.error(
        "unknown-roof", device.place,
        "memory of " + device.id + " has neither a measured bandwidth nor a known roof_class",
        "an entry of hwdb/roofs.yaml");
  }
  roof.value *= sockets;
  apply(unit.memory_reach, roof);
  if (unit.profiled && unit.profiled->memory) {
    combine_with(*unit.profiled->memory, sockets, roof, unit.profiled->supersedes_entry);
    roof.what = what;
  }
  return roof;
}

Roof<FlopPerSecond> matrix_roof(const Executor& executor, Precision precision,
                                const RoofTable& roofs) {
  auto rate = executor.unit->rates.find(precision);
  if (rate == executor.unit->rates.end()) return {};
  const std::string what = "achievable matrix rate of " + executor.device->name;
  Roof<FlopPerSecond> roof;
  if (rate->second.reached) {
    roof = measured_roof(*rate->second.reached, what);
  } else if (auto entry = roofs.matrix.find(executor.device->vendor); entry != roofs.matrix.end()) {
    roof = scaled_roof(rate->second.peak, entry->second,
                       what + " (peak times the default of its class)");
  } else {
    roof = measured_roof(rate->second.peak, "peak matrix rate of " + executor.device->name);
  }
  if (!rate->second.reached) slow_by_power(*executor.device, roof);
  roof.value *= executor.sockets;
  apply(executor.unit->compute_reach, roof);
  if (!executor.unit->profiled) return roof;
  const auto profiled = executor.unit->profiled->rates.find(precision);
  if (profiled == executor.unit->profiled->rates.end()) return roof;
  const bool only_profiled = rate->second.peak.from.moved != nullptr;
  combine_with(profiled->second, executor.sockets, roof, only_profiled);
  roof.what = what;
  return roof;
}

}  // namespace plimsoll
