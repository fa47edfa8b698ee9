// How well a figure is known, and the interval that follows.
#pragma once

#include <optional>

#include "base/estimate.h"
#include "catalog/figure.h"

namespace plimsoll {

// Standard deviation of a figure's logarithm: from its 90 % range in base units where it has one,
// else from its confidence.
double log_sigma_of(const Provenance& from, std::optional<double> low, std::optional<double> high);

namespace detail {
inline double base_of(double value) {
  return value;
}
template <class Q>
double base_of(Q value) {
  return value.base();
}
template <class Q>
std::optional<double> base_of(const std::optional<Q>& value) {
  if (!value) return std::nullopt;
  return base_of(*value);
}
}  // namespace detail

template <class Q>
double log_sigma_of(const Figure<Q>& figure) {
  return log_sigma_of(figure.from, detail::base_of(figure.low), detail::base_of(figure.high));
}

// The figure with its interval, in base units; exact where it is zero.
template <class Q>
Estimate estimate_of(const Figure<Q>& figure) {
  const double value = detail::base_of(figure.value);
  if (figure.low && figure.high)
    return {
        .value = value, .low = detail::base_of(*figure.low), .high = detail::base_of(*figure.high)};
  return value > 0.0 ? log_normal(value, log_sigma_of(figure)) : Estimate::exact(value);
}

}  // namespace plimsoll
