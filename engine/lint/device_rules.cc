#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "base/quantity_text.h"
#include "lint/architectures.h"
#include "lint/rules.h"

namespace plimsoll {

namespace {

// Vendors round a bandwidth to three digits.
constexpr double bandwidth_tolerance = 0.02;
// The clock that a vendor names is not always the one its peak rate counts (base, typical, boost).
constexpr double compute_tolerance = 0.10;
// What a driver shows of a card's memory: error correction in line takes a sixteenth.
constexpr double least_usable = 0.93;

bool agrees(double value, double expected, double tolerance) {
  return std::abs(value / expected - 1.0) <= tolerance;
}

void check_bandwidth(const MemorySpec& memory, Diagnostics& diagnostics) {
  if (memory.bus_bits == 0 || !memory.megatransfers_per_second) return;
  const double by_bus = memory.bus_bits / 8.0 * *memory.megatransfers_per_second * 1e6;
  if (agrees(memory.bandwidth.value.base(), by_bus, bandwidth_tolerance)) return;
  diagnostics.error("bandwidth-mismatch", memory.bandwidth.from.place,
                    "the bandwidth is " + print(memory.bandwidth.value) + ", but " +
                        std::to_string(memory.bus_bits) + " bits at " +
                        print_number(*memory.megatransfers_per_second, 6) + " MT/s make " +
                        print(BytesPerSecond(by_bus)),
                    "bus_bits / 8 x megatransfers_per_second, give or take 2 %");
}

// Of GPUs all cores are alike. CPUs have smaller cores beside them and lower clocks under vector
// loads: their rate has a ceiling only.
bool plausible(double rate, double ceiling, UnitKind unit) {
  return unit == UnitKind::gpu ? agrees(rate, ceiling, compute_tolerance)
                               : rate <= ceiling * (1.0 + compute_tolerance);
}

void check_compute(const std::string& architecture, const ComputeUnitSpec& unit,
                   Diagnostics& diagnostics) {
  const auto fp32 = unit.rates.find(Precision::fp32);
  const CoreWidth* width = find_core_width(architecture, unit.kind);
  if (!width || !unit.clock || fp32 == unit.rates.end()) return;
  const Figure<FlopPerSecond>& peak = fp32->second.peak;
  const double cycles = unit.cores * unit.clock->value.base();
  const auto fits = [&](double each) {
    return each > 0.0 && plausible(peak.value.base(), cycles * each, unit.kind);
  };
  if (fits(width->first) || fits(width->second)) return;
  const std::string bound = unit.kind == UnitKind::gpu ? "" : "at most ";
  diagnostics.error("compute-mismatch", peak.from.place,
                    "the peak is " + print(peak.value) + ", but " + std::to_string(unit.cores) +
                        " cores at " + print(unit.clock->value) + " with " +
                        print_number(width->first) + " FLOP per cycle make " + bound +
                        print(FlopPerSecond(cycles * width->first)),
                    "cores x clock x width of the architecture, give or take 10 %");
}

// GDDR chips have 32 data pins (JEDEC JESD212, JESD250, JESD239) and 2 to 32 Gbit; two may share
// the pins (clamshell).
void check_chips(const MemorySpec& memory, Diagnostics& diagnostics) {
  constexpr std::array chips = {0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0};  // GiB on 32 pins
  if (!memory.type.starts_with("GDDR") || !memory.capacity || memory.bus_bits == 0) return;
  const double each = memory.capacity->value.base() / 0x1p30 / (memory.bus_bits / 32.0);
  const bool built = std::any_of(chips.begin(), chips.end(), [each](double chip) {
    return each <= chip * (1.0 + 1e-9) && each >= chip * least_usable;
  });
  if (built) return;
  diagnostics.error("odd-capacity", memory.capacity->from.place,
                    "a bus of " + std::to_string(memory.bus_bits) + " bits cannot hold " +
                        print_binary(memory.capacity->value) + ": " + print_number(each) +
                        " GiB on every 32 bits",
                    "0.25, 0.5, 1, 1.5, 2, 3, 4, 6 or 8 GiB on every 32 bits");
}

void check_sizes(const DeviceSpec& device, Diagnostics& diagnostics) {
  const auto& sizes = device.memory.sold_sizes;
  const auto later =
      std::adjacent_find(sizes.begin(), sizes.end(), [](Bytes a, Bytes b) { return !(a < b); });
  if (later == sizes.end()) return;
  diagnostics.error("odd-capacity", device.memory.bandwidth.from.place,
                    "the sold sizes do not ascend: " + print_binary(*later) + " before " +
                        print_binary(*(later + 1)),
                    "sold_sizes in ascending order, each once");
}

// Narrower operands, or a narrower sum, never run slower on the same unit.
void check_rate_order(const ComputeUnitSpec& unit, Diagnostics& diagnostics) {
  constexpr std::array<std::pair<Precision, Precision>, 4> orders = {
      {{Precision::fp16, Precision::fp16_acc16},
       {Precision::fp16, Precision::fp8},
       {Precision::fp8, Precision::fp4},
       {Precision::int8, Precision::int4}}};
  for (const auto& [wide, narrow] : orders) {
    const auto slow = unit.rates.find(wide);
    const auto fast = unit.rates.find(narrow);
    if (slow == unit.rates.end() || fast == unit.rates.end()) continue;
    const auto& peak = fast->second.peak;
    if (peak.value >= slow->second.peak.value) continue;
    diagnostics.error("rate-order", peak.from.place,
                      "narrower operands run at " + print(peak.value) + " and wider ones at " +
                          print(slow->second.peak.value),
                      "at least the rate of the wider operands");
  }
}

void check_power(const DeviceSpec& device, Diagnostics& diagnostics) {
  using Power = std::optional<Figure<Watts>>;
  const auto below = [&](const Power& idle, const Power& busy, const std::string& when,
                         const std::string& name) {
    if (idle && busy && idle->value >= busy->value)
      diagnostics.error(
          "power-order", idle->from.place,
          "idle it draws " + print(idle->value) + ", and " + when + print(busy->value),
          "less than " + name);
  };
  below(device.idle_power, device.power_limit, "at most ", "power_limit");
  below(device.idle_power, device.reading_power, "reading ", "reading_power");
  if (device.power_limit && device.unlimited_power &&
      device.unlimited_power->value < device.power_limit->value)
    diagnostics.error("power-order", device.unlimited_power->from.place,
                      "unlimited it draws " + print(device.unlimited_power->value) +
                          ", and here at most " + print(device.power_limit->value),
                      "at least power_limit");
}

}  // namespace

void check_rules(const DeviceSpec& device, Catalog&, Diagnostics& diagnostics) {
  check_bandwidth(device.memory, diagnostics);
  check_chips(device.memory, diagnostics);
  check_sizes(device, diagnostics);
  for (const ComputeUnitSpec& unit : device.units) {
    check_compute(device.architecture, unit, diagnostics);
    check_rate_order(unit, diagnostics);
  }
  check_power(device, diagnostics);
  check_price(device.price, device.year, diagnostics);
}

}  // namespace plimsoll
