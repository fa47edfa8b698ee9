// The figure as a field of a map: refuses a value that does not say where it comes from.
//
//   reader.required("bandwidth", field::figure(BytesPerSecond(1e3), BytesPerSecond(1e15)))
//   reader.optional("share", field::fraction())
//
// A price also says when: field::price(…) asks for `date`.
//
// Codes: missing-source, missing-status, missing-date, bad-date, bad-range, out-of-range and those
// of config/fields.h.
#pragma once

#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "base/quantity_text.h"
#include "catalog/figure_spread.h"
#include "catalog/words.h"
#include "config/map_reader.h"

namespace plimsoll::field {

namespace detail {

// Source, status and confidence; the complaints stand at the figure itself.
Provenance read_provenance(MapReader& reader, const Context& context);

// When the price held: "2026", "2026-05", "2026-05-20" or "undated".
std::string read_date(MapReader& reader, const Context& context);

// A figure written as a bare value: the commonest mistake gets its own words.
bool is_figure_map(const Node& node, const Context& context);

void report_outside(const SourcePlace& place, const Context& context, const std::string& written,
                    const std::string& low, const std::string& high);

// The two ends of `range`, or null after a complaint.
const Node* range_ends(const Node& node, const Context& context);

using plimsoll::detail::base_of;

template <class Q>
std::string exact_text(Q value) {
  if constexpr (std::is_same_v<Q, double>) {
    return print_number(value, 6);
  } else {
    return print(value, 6);
  }
}

}  // namespace detail

template <class Q>
struct FigureField {
  using Value = Figure<Q>;
  Q minimum;  // both ends belong to the accepted values
  Q maximum;
  bool dated = false;  // a price: `date` must be there

  Value read(const Node& node, const Context& context) const {
    if (!detail::is_figure_map(node, context)) return placeholder();
    MapReader reader(node, "the figure of " + context.label, context.diagnostics);
    Value figure = read_keys(reader, context);
    reader.finish();
    return figure;
  }
  Value placeholder() const { return {.value = minimum, .low = {}, .high = {}, .from = {}}; }
  void describe(FieldSchema& schema) const {
    schema.type = "map";
    Schema& keys = schema.fields.emplace_back(Schema{.what = "figure", .fields = {}});
    Diagnostics silent;
    const Node nothing;
    MapReader reader(nothing, "figure", silent, &keys);
    read_keys(reader, {"figure", silent});
    keys.fields[1].length = 2;                               // of "range"
    keys.fields.front().minimum = detail::base_of(minimum);  // of "value"
    keys.fields.front().maximum = detail::base_of(maximum);
  }

 private:
  Value read_keys(MapReader& reader, const Context& context) const {
    Value figure = placeholder();
    const Node* written = reader.take("value", element(), true);
    if (!written) reader.required("value", element());  // complains
    const std::optional<Q> value = written ? read_value(*written, context) : std::nullopt;
    const Node* range = reader.take("range", list_of(element()));
    if (value) figure.value = *value;
    if (value && range) read_range(*range, figure, context);
    figure.from = detail::read_provenance(reader, context);
    if (dated) figure.from.date = detail::read_date(reader, context);
    return figure;
  }

  static auto element() {
    if constexpr (std::is_same_v<Q, double>) {
      return number();
    } else {
      return quantity<Q>();
    }
  }

  // Nothing after a complaint.
  std::optional<Q> read_value(const Node& node, const Context& context) const {
    Diagnostics problems;
    const Q value = element().read(node, Context{context.label, problems});
    context.diagnostics.append(problems);
    if (!problems.empty()) return std::nullopt;
    if (minimum <= value && value <= maximum) return value;
    detail::report_outside(node.place(), context, detail::exact_text(value),
                           detail::exact_text(minimum), detail::exact_text(maximum));
    return std::nullopt;
  }

  void read_range(const Node& node, Value& figure, const Context& context) const {
    const Node* ends = detail::range_ends(node, context);
    if (!ends) return;
    const Context inner{"the range of " + context.label, context.diagnostics};
    const std::optional<Q> low = read_value(ends->items()[0], inner);
    const std::optional<Q> high = read_value(ends->items()[1], inner);
    if (!low || !high) return;
    if (*low <= figure.value && figure.value <= *high) {
      figure.low = low;
      figure.high = high;
      return;
    }
    context.diagnostics.error("bad-range", node.place(),
                              "the range of " + context.label + " goes from " +
                                  detail::exact_text(*low) + " to " + detail::exact_text(*high) +
                                  " and the value is " + detail::exact_text(figure.value),
                              "low <= value <= high");
  }
};

template <class Q>
FigureField<Q> figure(Q minimum, Q maximum) {
  return {minimum, maximum};
}

template <class Q>
FigureField<Q> price(Q minimum, Q maximum) {
  return {minimum, maximum, true};
}

// A share of a whole: in (0, 1], and 1e-6 stands for the open end.
inline FigureField<double> fraction() {
  return {1e-6, 1.0};
}

}  // namespace plimsoll::field
