// Small steps that several readers share.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "catalog/figure_reader.h"
#include "catalog/reference.h"
#include "catalog/serving_spec.h"
#include "catalog/streaming_spec.h"
#include "config/map_reader.h"

namespace plimsoll {

// Bounds that no real value comes near; they catch slipped units and digits.
namespace sane {
inline constexpr BytesPerSecond slowest_rate{1e3};
inline constexpr BytesPerSecond fastest_rate{1e15};
inline constexpr FlopPerSecond slowest_compute{1e6};
inline constexpr FlopPerSecond fastest_compute{1e18};
inline constexpr Bytes smallest_memory{1 << 20};
inline constexpr Bytes largest_memory{1e15};
inline constexpr Seconds longest_time{10.0};
inline constexpr Watts highest_power{1e6};
inline constexpr Dollars highest_price{1e9};
inline constexpr int most_parts = 1024;
inline constexpr int most_machines = 10'000;
inline constexpr int most_layers = 1000;
inline constexpr int most_experts = 65536;
}  // namespace sane

inline auto rate_figure() {
  return field::figure(sane::slowest_rate, sane::fastest_rate);
}
inline auto compute_figure() {
  return field::figure(sane::slowest_compute, sane::fastest_compute);
}
inline auto memory_figure() {
  return field::figure(sane::smallest_memory, sane::largest_memory);
}
inline auto time_figure() {
  return field::figure(Seconds(0.0), sane::longest_time);
}
inline auto power_figure() {
  return field::figure(Watts(1e-3), sane::highest_power);
}
// DeviceSpec::dma_slowdown: 1000 would stop a device for a thousandth of its bandwidth.
inline auto slowdown_figure() {
  return field::figure(0.0, 1000.0);
}
inline auto price_figure() {
  return field::price(Dollars(0.0), sane::highest_price);
}

template <class E>
auto word_of() {
  return field::enumeration(words_of<E>());
}

inline int required_int(MapReader& reader, std::string_view key, int minimum, int maximum) {
  return static_cast<int>(reader.required(key, field::integer(minimum, maximum)));
}
inline int int_or(MapReader& reader, std::string_view key, int minimum, int maximum, int fallback) {
  return static_cast<int>(reader.value_or(key, field::integer(minimum, maximum), fallback));
}
inline std::string text_or_empty(MapReader& reader, std::string_view key) {
  return reader.value_or(key, field::text(), {});
}
inline std::vector<std::string> texts_or_none(MapReader& reader, std::string_view key) {
  return reader.value_or(key, field::list_of(field::text()), {});
}

// Takes the name of another entry and notes it.
std::string required_reference(MapReader& reader, std::string_view key, ReferenceKind kind,
                               References& references);
std::string optional_reference(MapReader& reader, std::string_view key, ReferenceKind kind,
                               References& references);
std::vector<std::string> required_references(MapReader& reader, std::string_view key,
                                             ReferenceKind kind, References& references);
std::vector<std::string> optional_references(MapReader& reader, std::string_view key,
                                             ReferenceKind kind, References& references);

// Key `routing` of a model, and hwdb/routing.yaml.
RoutingSpec read_routing(MapReader& reader);

// Key `serving` of an engine.
ServingSpec read_serving(MapReader& reader);

// Key `streaming` of an engine.
StreamingSpec read_streaming(MapReader& reader, References& references);

// Whether anything was wrong since its making: checks across keys wait for values that could be
// read, so that one mistake is not told twice.
class ErrorWatch {
 public:
  explicit ErrorWatch(MapReader& reader)
      : diagnostics_(reader.diagnostics()), before_(diagnostics_.sorted().size()) {}
  bool clean() const { return diagnostics_.sorted().size() == before_; }

 private:
  const Diagnostics& diagnostics_;
  std::size_t before_;
};

// Refuses a list that must not be empty.
template <class T>
void require_some(MapReader& reader, std::string_view key, const std::vector<T>& list) {
  if (!list.empty() || !reader.has(key)) return;
  reader.error(key, "out-of-range", "key '" + std::string(key) + "' is an empty list",
               "at least one element");
}

template <class T>
std::map<std::string, T> as_map(std::vector<std::pair<std::string, T>> pairs) {
  return {std::make_move_iterator(pairs.begin()), std::make_move_iterator(pairs.end())};
}

}  // namespace plimsoll
