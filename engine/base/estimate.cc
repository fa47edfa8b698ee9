#include "base/estimate.h"

#include <cmath>
#include <numbers>
#include <stdexcept>

namespace plimsoll {

Estimate log_normal(double value, double log_sigma) {
  if (!(value >= 0.0) || !(log_sigma >= 0.0)) {
    throw std::invalid_argument("log_normal: needs value >= 0 and log_sigma >= 0");
  }
  const double spread = std::exp(z90 * log_sigma);
  return {value, value / spread, value * spread};
}

double log_sigma_of_range(double low, double high) {
  if (!(low > 0.0) || !(high >= low)) {
    throw std::invalid_argument("log_sigma_of_range: needs 0 < low <= high");
  }
  return std::log(high / low) / (2.0 * z90);
}

double standard_normal_below(double z) {
  return 0.5 * std::erfc(-z / std::numbers::sqrt2);
}

Estimate reciprocal(const Estimate& estimate) {
  if (!(estimate.low > 0.0)) throw std::invalid_argument("reciprocal: needs a positive estimate");
  return {1.0 / estimate.value, 1.0 / estimate.high, 1.0 / estimate.low};
}

}  // namespace plimsoll
