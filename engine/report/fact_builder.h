// Collects facts from specs, leaving out what an entry does not say.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "base/quantity.h"
#include "catalog/words.h"
#include "report/catalog_facts.h"

namespace plimsoll {

template <class Q>
inline constexpr Unit unit_of = Unit::none;
template <>
inline constexpr Unit unit_of<Bytes> = Unit::bytes;
template <>
inline constexpr Unit unit_of<BytesPerSecond> = Unit::bytes_per_second;
template <>
inline constexpr Unit unit_of<FlopPerSecond> = Unit::flop_per_second;
template <>
inline constexpr Unit unit_of<Seconds> = Unit::seconds;
template <>
inline constexpr Unit unit_of<Hertz> = Unit::hertz;
template <>
inline constexpr Unit unit_of<Watts> = Unit::watts;
template <>
inline constexpr Unit unit_of<Dollars> = Unit::dollars;

class FactBuilder {
 public:
  FactBuilder& text(std::string_view key, std::string_view value) {
    if (!value.empty()) add(key, std::string(value));
    return *this;
  }
  FactBuilder& words(std::string_view key, const Words& values) {
    if (!values.empty()) add(key, values);
    return *this;
  }
  template <class E>
  FactBuilder& words_for(std::string_view key, const std::vector<E>& values) {
    Words spelled;
    for (const E value : values) spelled.emplace_back(word(value));
    return words(key, spelled);
  }
  FactBuilder& count(std::string_view key, std::int64_t value) {
    add(key, value);
    return *this;
  }
  // 0 stands for "not stated" or "none of these".
  FactBuilder& count_if_any(std::string_view key, std::int64_t value) {
    return value == 0 ? *this : count(key, value);
  }
  FactBuilder& flag(std::string_view key, bool value) {
    add(key, value);
    return *this;
  }
  FactBuilder& flag_if_set(std::string_view key, bool value) {
    return value ? flag(key, true) : *this;
  }
  FactBuilder& number(std::string_view key, double value, Unit unit = Unit::none) {
    add(key, Amount{value, unit});
    return *this;
  }
  template <class Q>
  FactBuilder& quantity(std::string_view key, Q value) {
    return number(key, value.base(), unit_of<Q>);
  }
  template <class Q>
  FactBuilder& figure(std::string_view key, const Figure<Q>& figure) {
    add(key, SourcedAmount{.amount = {base(figure.value), unit_of<Q>},
                           .low = base_if(figure.low),
                           .high = base_if(figure.high),
                           .from = figure.from});
    return *this;
  }
  template <class Q>
  FactBuilder& figure(std::string_view key, const std::optional<Figure<Q>>& stated) {
    return stated ? figure(key, *stated) : *this;
  }
  // One line of a summary: as the figure, without its sources, or an empty text.
  template <class Q>
  FactBuilder& brief(std::string_view key, const std::optional<Figure<Q>>& stated) {
    if (!stated) return unknown(key);
    return number(key, base(stated->value), unit_of<Q>);
  }
  FactBuilder& unknown(std::string_view key) {
    add(key, std::string());
    return *this;
  }
  FactBuilder& facts(std::string_view key, Facts facts) {
    if (!facts.empty()) add(key, std::move(facts));
    return *this;
  }
  FactBuilder& groups(std::string_view key, FactGroups groups) {
    if (!groups.empty()) add(key, std::move(groups));
    return *this;
  }
  Facts take() { return std::move(facts_); }

 private:
  template <class Value>
  void add(std::string_view key, Value value) {
    facts_.push_back({std::string(key), std::move(value)});
  }
  template <class Q>
  static double base(Q value) {
    if constexpr (std::is_same_v<Q, double>) {
      return value;
    } else {
      return value.base();
    }
  }
  template <class Q>
  static std::optional<double> base_if(const std::optional<Q>& value) {
    if (!value) return std::nullopt;
    return base(*value);
  }

  Facts facts_;
};

}  // namespace plimsoll
