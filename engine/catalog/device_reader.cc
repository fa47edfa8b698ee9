#include <algorithm>
#include <cmath>

#include "catalog/reader_parts.h"
#include "catalog/readers.h"

namespace plimsoll {

namespace {

// A kernel cannot reach more than the peak; the slack covers clocks and transfer rates that vendors
// round.
constexpr double peak_slack = 1.05;
// Vendors print 8 TB/s for what bus and transfer rate make 7.67, and 400 GB/s for 409.6.
constexpr double bus_slack = 0.10;

void check_reached(MapReader& reader, std::string_view key, double reached, double peak,
                   const std::string& what) {
  if (reached <= peak * peak_slack) return;
  reader.error(key, "inconsistent", "what " + what + " reached is more than its peak",
               "at most the peak");
}

RateSpec read_rate(MapReader& reader) {
  RateSpec rate;
  const ErrorWatch watch(reader);
  rate.peak = reader.required("peak", compute_figure());
  rate.reached = reader.optional("reached", compute_figure());
  if (rate.reached && watch.clean()) {
    check_reached(reader, "reached", rate.reached->value.base(), rate.peak.value.base(),
                  "the rate");
  }
  return rate;
}

std::map<Precision, RateSpec> read_rates(MapReader& reader) {
  std::map<Precision, RateSpec> rates;
  for (const auto& [word, precision] : words_of<Precision>()) {
    if (auto rate = reader.optional(word, field::object("rate", read_rate))) {
      rates.emplace(precision, *std::move(rate));
    }
  }
  return rates;
}

ComputeUnitSpec read_unit(MapReader& reader) {
  ComputeUnitSpec unit;
  unit.kind = reader.required("kind", word_of<UnitKind>());
  unit.name = text_or_empty(reader, "name");
  unit.cores = required_int(reader, "cores", 1, 1'000'000);
  unit.clock = reader.optional("clock", field::figure(Hertz(1e6), Hertz(1e11)));
  unit.rates = reader.required("rates", field::object("rates", read_rates));
  unit.matrix_units = reader.value_or("matrix_units", field::boolean(), true);
  unit.memory_reached = reader.optional("memory_reached", rate_figure());
  return unit;
}

void check_bus(MapReader& reader, const MemorySpec& memory) {
  if (memory.bus_bits == 0 || !memory.megatransfers_per_second) return;
  const double by_bus = memory.bus_bits / 8.0 * *memory.megatransfers_per_second * 1e6;
  if (std::abs(memory.bandwidth.value.base() / by_bus - 1.0) <= bus_slack) return;
  reader.error("bandwidth", "inconsistent",
               "the bandwidth is " + print(memory.bandwidth.value) +
                   ", but bus and transfer rate make " + print(BytesPerSecond(by_bus)),
               "bus_bits / 8 * megatransfers_per_second, give or take a tenth");
}

MemorySpec read_memory(MapReader& reader, References& references) {
  MemorySpec memory;
  const ErrorWatch watch(reader);
  memory.type = reader.required("type", field::text());
  memory.bus_bits = int_or(reader, "bus_bits", 1, 1 << 17, 0);
  memory.megatransfers_per_second =
      reader.optional("megatransfers_per_second", field::number(1.0, 1e6));
  memory.capacity = reader.optional("capacity", memory_figure());
  memory.sold_sizes =
      reader.value_or("sold_sizes", field::list_of(field::quantity<Bytes>(Bound::positive)), {});
  memory.bandwidth = reader.required("bandwidth", rate_figure());
  memory.roof_class =
      required_reference(reader, "roof_class", ReferenceKind::memory_roof, references);
  if (watch.clean()) check_bus(reader, memory);
  return memory;
}

CachedReadPoint read_cached_point(MapReader& reader) {
  CachedReadPoint point;
  point.threads = required_int(reader, "threads", 1, 4096);
  point.rate = reader.required("rate", rate_figure());
  return point;
}

void check_ascending(MapReader& reader, const std::vector<CachedReadPoint>& points) {
  for (std::size_t i = 1; i < points.size(); ++i) {
    if (points[i - 1].threads < points[i].threads) continue;
    reader.error("cached_reads", "inconsistent",
                 "point " + std::to_string(i + 1) + " has no more threads than the point before it",
                 "threads in ascending order");
  }
}

// Cards carry their own memory and hang on a link; the memory of a SoC or a socket belongs to the
// system.
void check_form(MapReader& reader, const DeviceSpec& device) {
  if (device.form != DeviceForm::card) return;
  if (!device.memory.capacity) {
    reader.error("memory", "inconsistent", "a card's memory has no capacity", "capacity: {…}");
  }
  if (device.host_link.empty()) {
    reader.error("form", "inconsistent", "a card has no link to its host", "host_link: a link id");
  }
}

void check_memory_reached(MapReader& reader, const DeviceSpec& device) {
  const double peak = device.memory.bandwidth.value.base();
  for (const ComputeUnitSpec& unit : device.units) {
    if (!unit.memory_reached) continue;
    check_reached(reader, "units", unit.memory_reached->value.base(), peak,
                  "the " + std::string(word(unit.kind)) + " of the memory bandwidth");
  }
}

void check_units(MapReader& reader, const DeviceSpec& device) {
  for (const auto& [text, kind] : words_of<UnitKind>()) {
    const auto is_kind = [kind = kind](const ComputeUnitSpec& unit) { return unit.kind == kind; };
    if (std::count_if(device.units.begin(), device.units.end(), is_kind) > 1) {
      reader.error("units", "inconsistent",
                   "two units of the kind '" + std::string(text) + "' in one device",
                   "one unit of each kind");
    }
  }
}

}  // namespace

void read_entry(MapReader& reader, DeviceSpec& device, References& references) {
  const ErrorWatch watch(reader);
  device.vendor = reader.required("vendor", field::id());
  device.architecture = reader.required("architecture", field::text());
  device.year = int_or(reader, "year", 1990, 2100, 0);
  device.form = reader.required("form", word_of<DeviceForm>());
  device.backends = reader.required("backends", field::list_of(field::id()));
  device.units = reader.required("units", field::list_of(field::object("unit", read_unit)));
  device.memory = reader.required("memory", field::object("memory", [&](MapReader& memory) {
                                    return read_memory(memory, references);
                                  }));
  device.host_link = optional_reference(reader, "host_link", ReferenceKind::link, references);
  device.peer_link = optional_reference(reader, "peer_link", ReferenceKind::link, references);
  device.cached_reads = reader.value_or(
      "cached_reads", field::list_of(field::object("cached read", read_cached_point)), {});
  device.dma_slowdown = reader.optional("dma_slowdown", slowdown_figure());
  device.power_limit = reader.optional("power_limit", power_figure());
  device.unlimited_power = reader.optional("unlimited_power", power_figure());
  device.reading_power = reader.optional("reading_power", power_figure());
  device.idle_power = reader.optional("idle_power", power_figure());
  device.price = reader.optional("price", price_figure());
  require_some(reader, "units", device.units);
  require_some(reader, "backends", device.backends);
  if (!watch.clean()) return;
  check_form(reader, device);
  check_units(reader, device);
  check_memory_reached(reader, device);
  check_ascending(reader, device.cached_reads);
}

const ComputeUnitSpec* find_unit(const DeviceSpec& device, UnitKind kind) {
  const auto found =
      std::find_if(device.units.begin(), device.units.end(),
                   [kind](const ComputeUnitSpec& unit) { return unit.kind == kind; });
  return found == device.units.end() ? nullptr : &*found;
}

}  // namespace plimsoll
