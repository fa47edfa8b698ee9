// What is believed of a positive number: its logarithm, normally distributed.
#pragma once

#include <cmath>

namespace plimsoll {

struct LogBelief {
  double mean = 0.0;
  double sigma = 0.0;  // standard deviation; 0: exact

  double value() const { return std::exp(mean); }
};

inline LogBelief belief_of(double value, double log_sigma) {
  return {.mean = std::log(value), .sigma = log_sigma};
}

// Both are about the same number, and independent: precisions add. What is exact stays, the first
// before the second.
inline LogBelief combined(const LogBelief& a, const LogBelief& b) {
  if (a.sigma <= 0.0) return a;
  if (b.sigma <= 0.0) return b;
  const double pa = 1.0 / (a.sigma * a.sigma);
  const double pb = 1.0 / (b.sigma * b.sigma);
  return {.mean = (pa * a.mean + pb * b.mean) / (pa + pb), .sigma = 1.0 / std::sqrt(pa + pb)};
}

}  // namespace plimsoll
