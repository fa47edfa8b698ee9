#include "presenters/scenario_fields.h"

#include <limits>
#include <type_traits>
#include <utility>

#include "base/quantity_text.h"
#include "catalog/words.h"
#include "scenario/yaml_writer.h"

namespace plimsoll::gui {
namespace {

template <class E>
concept HasWords = requires {
  words_of<E>();
};

// Of those that the scenario's own headers spell.
constexpr PlacementStrategy last_of(PlacementStrategy) {
  return PlacementStrategy::streamed;
}
constexpr StartState last_of(StartState) {
  return StartState::warm;
}
constexpr PrefetchKind last_of(PrefetchKind) {
  return PrefetchKind::predictor;
}

std::string written(const std::string& value) {
  return value;
}
std::string written(bool value) {
  return value ? "true" : "false";
}
std::string written(double value) {
  return exact_number(value);
}
std::string written(Bytes value) {
  return print_exact(value);
}
template <class T>
std::string written(T value) {
  if constexpr (std::is_integral_v<T>)
    return std::to_string(value);
  else if constexpr (HasWords<T>)
    return std::string(word(value));
  else
    return std::string(to_text(value));
}

template <class E>
std::optional<E> parse_word(std::string_view text) {
  if constexpr (HasWords<E>) {
    for (const auto& entry : words_of<E>())
      if (entry.word == text) return entry.value;
  } else {
    for (int i = 0; i <= static_cast<int>(last_of(E())); ++i)
      if (to_text(static_cast<E>(i)) == text) return static_cast<E>(i);
  }
  return std::nullopt;
}

template <class T>
std::optional<T> parse_whole(std::string_view text) {
  const std::optional<long long> number = parse_integer(text);
  if (!number || !std::in_range<T>(*number)) return std::nullopt;
  return static_cast<T>(*number);
}

template <class T>
std::optional<T> parse(const std::string& text) {
  if constexpr (std::is_same_v<T, std::string>)
    return text.empty() ? std::nullopt : std::optional(text);
  else if constexpr (std::is_same_v<T, bool>)
    return text == "true" || text == "false" ? std::optional(text == "true") : std::nullopt;
  else if constexpr (std::is_same_v<T, double>)
    return parse_number(text);
  else if constexpr (std::is_same_v<T, Bytes>)
    return parse_quantity<Bytes>(text);
  else if constexpr (std::is_enum_v<T>)
    return parse_word<T>(text);
  else
    return parse_whole<T>(text);
}

template <class T>
bool set_given(Given<T>& field, std::string_view name, const std::optional<std::string>& text) {
  if (!text) {
    field = {};
    return true;
  }
  std::optional<T> value = parse<T>(*text);
  if (!value) return false;
  field = {.value = std::move(value), .place = {.file = std::string(name)}};
  return true;
}

void drop_cluster(ScenarioSpec& spec) {
  spec.cluster = {};
  spec.own_cluster = nullptr;
}

void drop_system(ScenarioSpec& spec) {
  for_each_field(spec, [](std::string_view name, auto& field) {
    if (name.starts_with("system")) field = {};
  });
}

}  // namespace

std::vector<std::string> field_names() {
  std::vector<std::string> names;
  ScenarioSpec spec;
  for_each_field(spec, [&](std::string_view name, auto&) { names.emplace_back(name); });
  return names;
}

std::optional<std::string> field_text(const ScenarioSpec& spec, std::string_view name) {
  std::optional<std::string> text;
  for_each_field(spec, [&](std::string_view each, const auto& field) {
    if (each == name && field.has()) text = written(*field.value);
  });
  return text;
}

bool set_field(ScenarioSpec& spec, std::string_view name, const std::optional<std::string>& text) {
  bool set = false;
  for_each_field(spec, [&](std::string_view each, auto& field) {
    if (each == name) set = set_given(field, name, text);
  });
  if (set && text && name == "system") drop_cluster(spec);
  if (set && text && name == "cluster") {
    spec.own_cluster = nullptr;
    drop_system(spec);
  }
  return set;
}

ScenarioSpec with_field_places(ScenarioSpec spec) {
  for_each_field(spec, [](std::string_view name, auto& field) {
    if (field.has() && field.place.file.empty()) field.place = {.file = std::string(name)};
  });
  return spec;
}

std::string field_at(const ScenarioSpec& spec, const SourcePlace& place) {
  std::string found;
  for_each_field(spec, [&](std::string_view name, const auto& field) {
    const bool here = field.has() && !place.file.empty() && field.place == place;
    if (found.empty() && (here || place == SourcePlace{.file = std::string(name)})) found = name;
  });
  return found;
}

}  // namespace plimsoll::gui
