// From a figure of the catalogue to a price that a cost uses and shows.
#pragma once

#include <string>

#include "catalog/figure_spread.h"
#include "money/money.h"

namespace plimsoll::money {

inline constexpr double seconds_per_hour = 3600.0;
inline constexpr double joules_per_kwh = 3.6e6;
inline constexpr double tokens_per_mtok = 1e6;

inline Estimate scaled(const Estimate& estimate, double factor) {
  return {estimate.value * factor, estimate.low * factor, estimate.high * factor};
}

// `scale` of `unit` are one base unit of the figure.
template <class Q>
UsedPrice used_price(std::string what, const Figure<Q>& figure, double scale, std::string unit) {
  return {.what = std::move(what),
          .value = scaled(estimate_of(figure), scale),
          .unit = std::move(unit),
          .date = figure.from.date,
          .source = figure.from.source,
          .confidence = figure.from.confidence,
          .status = figure.from.status};
}

// As a factor of that name; plain where it is exact.
inline Amount amount_of(const UsedPrice& price) {
  return Amount::of(price.what, price.value);
}

// USD a month over the tokens of a month, per million of them; nothing without tokens.
inline std::optional<Estimate> per_million(const Amount& usd_per_month, double tokens) {
  if (!(tokens > 0.0)) return std::nullopt;
  return (usd_per_month * (tokens_per_mtok / tokens)).estimate();
}

// Whether the machines cannot carry a load that keeps so many busy; a load made for them exactly
// may round to a little more.
inline bool overloads(double machines_needed, int machines) {
  return machines_needed > machines * (1.0 + 1e-9);
}

// "the load keeps 1.7 of such machines busy, and there is 1"
std::string overload(double machines_needed, int machines);

}  // namespace plimsoll::money
