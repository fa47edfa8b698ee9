#include <cmath>
#include <limits>

#include "catalog/reader_parts.h"
#include "catalog/table_file.h"
#include "catalog/table_readers.h"

namespace plimsoll {

namespace {

// In base units, bytes per second among them.
constexpr double largest_value = sane::fastest_rate.base();
constexpr double largest_sigma = 5.0;

FittedValue read_fitted_value(MapReader& reader) {
  FittedValue fitted;
  fitted.value = reader.required("value", field::number(0.0, largest_value));
  const auto range = reader.required("range", field::list_of(field::number(0.0, largest_value)));
  if (range.size() == 2 && range[0] <= fitted.value && fitted.value <= range[1]) {
    fitted.low = range[0];
    fitted.high = range[1];
  } else if (reader.has("range")) {
    reader.error("range", "out-of-range", "a range does not hold its value", "[low, high]");
  }
  return fitted;
}

auto fitted_values() {
  return field::map_of(field::object("fitted value", read_fitted_value));
}

FittedCorrelation read_correlation(MapReader& reader) {
  return {.a = reader.required("a", field::text()),
          .b = reader.required("b", field::text()),
          .rho = reader.required("rho", field::number(-1.0, 1.0))};
}

FittedSpread read_spread(MapReader& reader) {
  return {.metric = reader.required("metric", field::text()),
          .experts = reader.required("experts", field::boolean()),
          .load = text_or_empty(reader, "load"),
          .backend = text_or_empty(reader, "backend"),
          .sigma = reader.required("sigma", field::number(0.0, largest_sigma))};
}

WidthLaw read_width_law(MapReader& reader) {
  return {.factor = reader.required("factor", field::number(0.0, 100.0)),
          .share = reader.required("share", field::number(0.0, 1.0))};
}

FittedWidth read_width(MapReader& reader) {
  const auto law = field::object("width law", read_width_law);
  return {.metric = reader.required("metric", field::text()),
          .load = reader.required("load", field::text()),
          .experts = reader.required("experts", field::boolean()),
          .known_device = reader.required("known_device", law),
          .new_device = reader.required("new_device", law)};
}

void read_fit_map(MapReader& reader, FitTable& fit) {
  fit = {};
  fit.name = reader.required("name", field::text());
  fit.date = reader.required("date", field::text());
  fit.source = reader.required("source", field::text());
  // For people; the program has no use for them.
  const auto count = field::integer(0, std::numeric_limits<int>::max());
  reader.optional("used", field::map_of(count));
  reader.optional("left_out", field::map_of(count));
  for (auto& [backend, values] : reader.required("factors", field::map_of(fitted_values())))
    fit.factors[backend] = as_map(std::move(values));
  fit.devices = as_map(reader.required("devices", fitted_values()));
  reader.required("new_devices", field::object("new devices", [&fit](MapReader& inner) {
                    const auto sigma = field::number(0.0, largest_sigma);
                    fit.new_memory_sigma = inner.required("memory", sigma);
                    fit.new_compute_sigma = inner.required("compute", sigma);
                    return 0;
                  }));
  fit.one_machine = reader.optional("one_machine", field::number(0.0, 1.0)).value_or(1.0);
  fit.correlations = reader.required(
      "correlations", field::list_of(field::object("correlation", read_correlation)));
  fit.spreads = reader.required("spreads", field::list_of(field::object("spread", read_spread)));
  fit.widths = reader.required("widths", field::list_of(field::object("fitted width", read_width)));
}

}  // namespace

double FittedValue::log_sigma() const {
  return low > 0.0 && high > low ? log_sigma_of_range(low, high) : 0.0;
}

double WidthLaw::of(double sigma) const {
  return sigma > 0.0 ? factor * std::pow(sigma, share) : 0.0;
}

void read_fit(const TableInput& input, FitTable& fit, References& references,
              Diagnostics& diagnostics) {
  read_table(input, "fit", references, diagnostics,
             [&](MapReader& reader) { read_fit_map(reader, fit); });
}

void parse_fit(const std::string& text, FitTable& fit, Diagnostics& diagnostics) {
  const Document document = Document::parse(text, "(fit)", diagnostics);
  MapReader reader(document.root(), "table of fit", diagnostics);
  if (!take_kind(reader, "fit")) return;
  read_fit_map(reader, fit);
  reader.finish();
}

}  // namespace plimsoll
