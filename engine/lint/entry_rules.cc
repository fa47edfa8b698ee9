#include <cmath>
#include <cstdlib>
#include <string>

#include "base/contains.h"
#include "base/quantity_text.h"
#include "catalog/cluster_layout.h"
#include "catalog/date.h"
#include "footprint/footprint.h"
#include "lint/rules.h"

namespace plimsoll {

namespace {

// The two may come from other people with other copies of the drive.
constexpr double read_slack = 1.10;
// A nominal width is the vendor's; the format adds scales to it.
constexpr double bits_tolerance = 0.5;
// Somebody counted the tensors of the checkpoint; else vendors round, to as little as one digit,
// and count what is not part of the language model.
constexpr double counted_tolerance = 0.001;
constexpr double quoted_tolerance = 0.1;

// The memory of an SoC is soldered: a machine has what the SoC is sold with.
void check_sold_size(const SystemSpec& system, Catalog& catalog, Diagnostics& diagnostics) {
  for (const SystemPart& part : system.parts) {
    Diagnostics reported_elsewhere;
    const DeviceSpec* device = catalog.device(part.device, system.place, reported_elsewhere);
    if (!device || device->form != DeviceForm::soc) continue;
    const auto& sizes = device->memory.sold_sizes;
    if (sizes.empty() || contains(sizes, system.host.memory)) continue;
    std::string sold;
    for (const Bytes size : sizes) sold += (sold.empty() ? "" : ", ") + print_binary(size, 4);
    diagnostics.error("unsold-size", system.place,
                      "the machine has " + print_binary(system.host.memory, 4) + ", and '" +
                          device->id + "' is not sold with it",
                      "one of " + sold + ", or another of its sold_sizes");
  }
}

using Power = std::optional<Figure<Watts>>;

void check_power_order(const Power& less, const Power& more, const char* expected,
                       Diagnostics& diagnostics) {
  if (!less || !more || less->value <= more->value) return;
  diagnostics.error("power-order", less->from.place,
                    print(less->value) + " here and " + print(more->value) + " there", expected);
}

void check_powers(const SystemSpec& system, Diagnostics& diagnostics) {
  check_power_order(system.idle_power, system.load_power, "idle_power of at most load_power",
                    diagnostics);
  check_power_order(system.load_power, system.max_power, "load_power of at most max_power",
                    diagnostics);
  check_power_order(system.idle_power, system.max_power, "idle_power of at most max_power",
                    diagnostics);
}

double parameter_tolerance(const Figure<double>& published) {
  return published.from.status == FigureStatus::measured ? counted_tolerance : quoted_tolerance;
}

}  // namespace

void check_price(const std::optional<Figure<Dollars>>& price, int year, Diagnostics& diagnostics) {
  if (!price || year == 0) return;
  const std::optional<Date> date = parse_date(price->from.date);
  if (!date || date->year + 1 >= year) return;
  diagnostics.warning(
      "early-price", price->from.place,
      "the price is of " + price->from.date + ", and the thing of " + std::to_string(year),
      "a price of what is sold");
}

void check_rules(const SystemSpec& system, Catalog& catalog, Diagnostics& diagnostics) {
  check_sold_size(system, catalog, diagnostics);
  check_powers(system, diagnostics);
  check_price(system.price, system.year, diagnostics);
}

void check_rules(const StorageSpec& storage, Catalog&, Diagnostics& diagnostics) {
  const BytesPerSecond peak = storage.sequential_read.value;
  for (const ReadPoint& point : storage.random_reads) {
    if (point.rate.value.base() <= peak.base() * read_slack) continue;
    diagnostics.error("rate-over-peak", point.rate.from.place,
                      "random reads of " + print_binary(point.block) + " reach " +
                          print(point.rate.value) + " and sequential ones " + print(peak),
                      "at most sequential_read, give or take 10 %");
  }
}

void check_rules(const QuantizationSpec& quantization, Catalog& catalog, Diagnostics& diagnostics) {
  Diagnostics reported_elsewhere;
  const FormatSpec* format =
      catalog.format(quantization.default_format, quantization.place, reported_elsewhere);
  if (!format) return;
  const double bits = format->bits_per_weight();
  if (std::abs(bits - quantization.nominal_bits) <= bits_tolerance) return;
  diagnostics.error("bits-mismatch", quantization.place,
                    "nominal_bits is " + print_number(quantization.nominal_bits) +
                        ", and a weight of '" + format->id + "' has " + print_number(bits, 4),
                    "the bits of default_format, give or take half a bit");
}

void check_rules(const ModelSpec& model, Catalog&, Diagnostics& diagnostics) {
  if (!model.published_parameters) return;
  const Figure<double>& published = *model.published_parameters;
  const auto counted = static_cast<double>(count_parameters(enumerate_tensors(model)));
  const double tolerance = parameter_tolerance(published);
  if (std::abs(counted / published.value - 1.0) <= tolerance) return;
  diagnostics.error("parameter-mismatch", published.from.place,
                    "the tensors of these dimensions hold " + print_number(counted, 6) +
                        " parameters and the published count is " +
                        print_number(published.value, 6),
                    "the same, give or take " + print_number(100.0 * tolerance) + " %");
}

void check_rules(const ClusterSpec& cluster, Catalog& catalog, Diagnostics& diagnostics) {
  lay_out(cluster, catalog, diagnostics);
}

}  // namespace plimsoll
