// A predicted number with its 90 % interval.
#pragma once

namespace plimsoll {

// low <= value <= high; an exact count has low == value == high.
struct Estimate {
  double value = 0.0;
  double low = 0.0;
  double high = 0.0;

  static constexpr Estimate exact(double value) { return {value, value, value}; }
  friend bool operator==(const Estimate&, const Estimate&) = default;
};

// z of a two-sided 90 % interval of the normal distribution.
inline constexpr double z90 = 1.6448536269514722;

// The functions throw std::invalid_argument for arguments outside their stated domain: that is our
// own mistake.

// The interval of a log-normal quantity with median `value` >= 0 and standard deviation `log_sigma`
// >= 0 of its logarithm: [value exp(-z90 log_sigma), value exp(z90 log_sigma)].
Estimate log_normal(double value, double log_sigma);

// The standard deviation of the logarithm that makes [low, high] a 90 % interval; 0 < low <= high.
double log_sigma_of_range(double low, double high);

// The share of a standard normal distribution that lies at or below z.
double standard_normal_below(double z);

// Reciprocal (a rate from a time) of a positive estimate: the ends swap.
Estimate reciprocal(const Estimate& estimate);

}  // namespace plimsoll
