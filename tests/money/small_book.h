// Prices round enough to calculate with by hand.
#pragma once

#include "money/money.h"
#include "money/reliability.h"
#include "support/catch.h"

namespace plimsoll::money {

// A figure known exactly, so that only the formula is tested.
template <class Q>
Figure<Q> exactly(Q value, const std::string& date = "2026-05") {
  return {.value = value,
          .low = value,
          .high = value,
          .from = {.status = FigureStatus::measured,
                   .confidence = Confidence::high,
                   .source = "S",
                   .place = {},
                   .date = date}};
}
template <class Q>
Figure<Q> between(Q low, Q value, Q high, const std::string& date = "2026-05") {
  Figure<Q> figure = exactly(value, date);
  figure.low = low;
  figure.high = high;
  return figure;
}

inline DollarsPerSecond usd_per_hour(double usd) {
  return DollarsPerSecond(usd / 3600.0);
}
inline DollarsPerToken usd_per_mtok(double usd) {
  return DollarsPerToken(usd / 1e6);
}
inline DollarsPerJoule usd_per_kwh(double usd) {
  return DollarsPerJoule(usd / 3.6e6);
}

inline UsedPrice plain(const std::string& what, double value) {
  return {.what = what, .value = Estimate::exact(value), .unit = {}, .date = {}, .source = "S"};
}

// 0.30 USD/kWh, no overhead, four years, nothing breaks: the assumptions of the worked checks.
inline OwnTerms plain_terms() {
  return {.electricity = plain("electricity", 0.30),
          .pue = plain("PUE", 1.0),
          .psu_efficiency = plain("power supply efficiency", 0.8),
          .life_years = plain("depreciation years", 4.0),
          .replacements = plain("replacements", 0.0)};
}

inline Purchase costing(double usd) {
  return {.id = "box", .whole = plain("purchase of box", usd), .parts = {}, .unpriced = {}};
}

inline ServiceRate rate_of(double input, double output) {
  return {.input_tokens_per_second = Estimate::exact(input),
          .output_tokens_per_second = Estimate::exact(output)};
}

inline void check_estimate(const Estimate& estimate, double expected) {
  CHECK(estimate.low <= estimate.value);
  CHECK(estimate.value <= estimate.high);
  CHECK(estimate.value == Approx(expected));
}

}  // namespace plimsoll::money
